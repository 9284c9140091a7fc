import Admin
import Farm
import Foundation

/// The page of the whole farm.
struct FarmPage: Sendable {
  let view: FarmView
  let now: Date

  /// The live parts by their ids.
  var parts: [LivePart] {
    [
      .html("farm-figures", figures), .html("farm-batches", batches), .html("farm-workers", workers),
      .html("farm-problems", problems), .html("farm-health", health),
    ]
  }

  var page: HTML {
    Layout(title: "Farm", place: .farm, live: "/live/farm").page(
      """
      <h1>Farm</h1>
      \(Parts.live("farm-figures", figures))
      \(Parts.section("Batches", id: "batches", Parts.live("farm-batches", batches)))
      <div class="columns">
      \(Parts.section("Workers", id: "workers", Parts.live("farm-workers", workers)))
      \(Parts.section("What went wrong", id: "problems", Parts.live("farm-problems", problems)))
      </div>
      \(Parts.section("Database and store", id: "health", Parts.live("farm-health", health)))
      """)
  }

  private var figures: HTML {
    let jobs = view.measures.jobs
    let rate = view.rates.values.reduce(0, +)
    let busy = view.workers.filter { $0.job != nil }.count
    let open = PageData.openStates.reduce(0) { $0 + (view.measures.batches[$1] ?? 0) }
    let oldest = view.measures.oldestQueued.map { max(0, now.timeIntervalSince1970 - $0) }
    let failed = jobs[.failed] ?? 0
    let pieces: [HTML] = [
      Parts.figure("Open batches", "\(Measure.count(open))"),
      Parts.figure("Rate", rate > 0 ? "\(Measure.rate(rate))" : "–", note: "last minute"),
      Parts.figure(
        "Workers", "\(Measure.count(view.workers.count))", note: "\(Measure.count(busy)) at work",
        isBad: view.workers.isEmpty && open > 0),
      Parts.figure(
        "Jobs ready", "\(Measure.count(jobs[.ready] ?? 0))", note: "\(Measure.count(jobs[.running] ?? 0)) running"),
      Parts.figure("Oldest waits", oldest.map { "\(Measure.duration($0))" } ?? "–"),
      Parts.figure("Quarantined", "\(Measure.count(failed))", note: failed == 1 ? "job" : "jobs", isBad: failed > 0),
      Parts.figure("Images", "\(Measure.count(view.measures.images.values.reduce(0, +)))"),
    ]
    return "<dl class=\"figures\">\(pieces)</dl>"
  }

  private var batches: HTML {
    guard !view.open.isEmpty || !view.finished.isEmpty else {
      return Parts.empty("No batch yet. Make one with \(Parts.command("emofarm enqueue --emotion all --count 10")).")
    }
    let open = PageData.openStates.reduce(0) { $0 + (view.measures.batches[$1] ?? 0) }
    let more: HTML? =
      open > view.open.count
      ? "<p class=\"note\">The newest \(view.open.count) of \(Measure.count(open)) open batches. <a href=\"/batches?state=open\">All open batches</a></p>"
      : nil
    let rows = (view.open + view.finished).map { BatchRows.row($0, rate: view.rates[$0.id], now: now) }
    return
      "\(BatchRows.table(rows))\(more)<p class=\"note\"><a href=\"/batches\">All batches</a></p>"
  }

  private var workers: HTML {
    guard !view.workers.isEmpty else {
      return Parts.empty("No worker is alive. Start one with \(Parts.command("emofarmd")).")
    }
    let jobs = Dictionary(view.running.map { ($0.worker, $0) }) { first, _ in first }
    let rows: [[HTML]] = view.workers.prefix(100).map { worker in
      let doing: HTML
      let note = worker.shownNote(now: now)
      if let job = jobs[worker.id] {
        doing = "batch \(Parts.batchLink(job.batch)), \(Self.doing(job))"
      } else {
        doing = note.isEmpty ? "waits for work" : "claims nothing"
      }
      let why: HTML? = note.isEmpty ? nil : "<div class=\"warn\">\(note)</div>"
      return [
        "\(worker.id)", Parts.state(worker.shownState), "\(worker.host)", "\(doing)\(why)", "\(worker.threads)",
        Parts.time(worker.heartbeat, now: now), "<span class=\"dim\">\(worker.engine)</span>",
      ]
    }
    let more: HTML? =
      view.workers.count > rows.count
      ? "<p class=\"note\">The newest \(rows.count) of \(Measure.count(view.workers.count)) workers.</p>" : nil
    return
      "\(Parts.table("Workers", columns: ["Worker", "State", "Host", "Doing", "#Threads", "Seen", "Engine"], rows: rows))\(more)"
  }

  /// `image 12, step 5 of 20`.
  static func doing(_ job: RunningJob) -> String {
    var text = job.currentIndex.map { "image \($0)" } ?? "a job of \(job.count)"
    if let step = job.step, let steps = job.steps { text += ", step \(step) of \(steps)" }
    return text
  }

  private var problems: HTML {
    guard !view.problems.isEmpty else { return Parts.empty("Nothing, lately.") }
    let rows: [[HTML]] = view.problems.map { event, times in
      let batch: HTML? = event.batch.map { "batch \(Parts.batchLink($0))" }
      return [
        Parts.state(event.level.rawValue),
        "<strong>\(event.kind)</strong>\(times > 1 ? " × \(Measure.count(times))" : "") \(batch)",
        "\(EventRows.detail(event))<div>\(Parts.command(EventRows.help(event)))</div>", Parts.time(event.at, now: now),
      ]
    }
    return Parts.table("What went wrong", columns: ["Level", "What", "Detail and what helps", "When"], rows: rows)
  }

  private var health: HTML {
    let database = view.measures.database
    let free = view.freeBytes
    let isShort = free.map { $0 < view.place.minimumFreeBytes } ?? false
    let pieces: [HTML] = [
      Parts.figure("Database", "\(Measure.bytes(database.bytes))", note: view.place.database),
      Parts.figure(
        "Connections", "\(database.connections)", note: "of \(database.connectionLimit)",
        isBad: database.connections * 10 > database.connectionLimit * 9),
      Parts.figure("Waiting for locks", "\(database.waiting)", isBad: database.waiting > 0),
      Parts.figure(
        "Oldest snapshot", "\(Measure.duration(database.oldestSnapshot))", isBad: database.oldestSnapshot > 600),
      Parts.figure(
        "Store", free.map { "\(Measure.bytes($0)) free" } ?? "a bucket", note: view.place.store, isBad: isShort),
    ]
    let warning: HTML? =
      isShort
      ? "<p class=\"warn\">Workers wait until \(Measure.bytes(view.place.minimumFreeBytes)) are free.</p>" : nil
    return "<dl class=\"figures wide\">\(pieces)</dl>\(warning)"
  }
}
