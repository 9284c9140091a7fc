import Farm

extension Simulation {
  // MARK: Disturbances and the operator

  func disturb() {
    after(300 + random.below(4000)) { [self] in
      guard !isCalm else { return calm() }
      let kind = random.below(Self.disturbances)
      if kinds.contains(kind) { disturb(kind) }
      if random.below(3) == 0 { backups.append(database) }
      disturb()
    }
  }

  private func disturb(_ kind: Int) {
    let worker = workers[random.below(workers.count)]
    let batch = Int64(1 + random.below(database.batches.count))
    switch kind {
    case 0:
      count("kills")
      note("kill \(worker.number)")
      worker.kill()
      after(random.below(6000)) { worker.start() }
    case 1:
      count("stops")
      worker.stop(for: random.below(Self.lease * 3))
    case 2:
      count("server restarts")
      databaseIsAway = true
      after(random.below(Self.lease * 2)) { [self] in databaseIsAway = false }
    case 3: restore()
    case 4:
      count("store outages")
      storeIsAway = true
      after(random.below(Self.lease * 3)) { [self] in storeIsAway = false }
    case 5:
      if database.steer(batch, .pause) { count("pauses") }
      after(random.below(5000)) { [self] in _ = database.steer(batch, .resume) }
    case 6:
      if database.cancel(batch) { count("cancellations") }
      after(random.below(8000)) { [self] in _ = database.retry(batch, now: now) }
    case 7:
      count("lost files")
      // In an order that does not depend on hashes.
      for file in files.sorted(by: { ($0.specification, $0.seed) < ($1.specification, $1.seed) })
      where random.below(4) == 0 {
        files.remove(file)
      }
      repair()
    case 9:
      count("stores that refuse every host")
      storeRefuses = true
      after(random.below(Self.lease * 3)) { [self] in storeRefuses = false }
    case 8:
      count("bad hosts")
      worker.hostIsBad = true
      after(random.below(6000)) { worker.hostIsBad = false }
    default:
      count("workers that mix images up")
      worker.mixesUp = true
      after(random.below(4000)) { worker.mixesUp = false }
    }
  }

  /// The database becomes what it was, and gives its numbers again: to other batches.
  private func restore() {
    guard !backups.isEmpty else { return }
    let position = max(0, backups.count - 1 - random.below(4))
    count("restores")
    note("restore to backup \(position) of \(backups.count)")
    database = backups[position]
    backups = Array(backups[...position])
    if random.below(2) == 0 { enqueue(images: 2 + random.below(4)) }
    // Files that the operator did not restore are still there; those of rows that came back may have been lost since.
    repair()
  }

  /// With a seed that other batches use too, so that their images differ in the specification alone.
  func enqueue(images: Int) {
    nextSpecification += 1
    let seed: UInt64 = random.below(3) == 0 ? (1 << 63) - 3 : 7
    let id = database.enqueue(
      seed: seed, specification: nextSpecification, images: images, chunk: Self.chunk, maxAttempts: 2)
    note("enqueue batch \(id), specification \(nextSpecification)")
  }

  private func repair() {
    for batch in database.batches {
      let lost = batch.accepted.values.filter { !files.contains($0.file) }.map(\.index).sorted()
      if !lost.isEmpty, let taken = database.repair(batch.id, lost, now: now), taken > 0 { count("repairs") }
    }
  }

  /// The disturbances end: the operator puts right what is left to people.
  private func calm() {
    (storeIsAway, storeRefuses, databaseIsAway) = (false, false, false)
    for worker in workers {
      (worker.hostIsBad, worker.mixesUp) = (false, false)
      if !worker.isRunning { worker.start() }
    }
    tidy()
  }

  private func tidy() {
    repair()
    for batch in database.batches {
      _ = database.steer(batch.id, .resume)
      _ = database.retry(batch.id, now: now)
    }
    after(20_000) { [self] in tidy() }
  }

  var isOver: Bool {
    database.batches.allSatisfy { $0.state == .done } && !databaseIsAway && !storeIsAway
      && database.batches.allSatisfy { $0.accepted.values.allSatisfy { files.contains($0.file) } }
  }
}
