import Farm
import Vocabulary

extension BatchSnapshot {
  /// The keys that `config/json-output.md` documents for a batch.
  package var json: JSONDocument {
    var object: [String: JSONDocument] = [
      "batch": JSONDocument(status.id),
      "key": JSONDocument(status.key) { JSONDocument($0) },
      "name": JSONDocument(status.name),
      "model": JSONDocument(status.model) { JSONDocument($0) },
      "seed": JSONDocument(status.seed),
      "priority": JSONDocument(status.priority),
      "state": JSONDocument(status.state.rawValue),
      "images": JSONDocument(status.images),
      "images_done": JSONDocument(status.imagesDone),
      "jobs": [
        "ready": JSONDocument(status.jobs.ready), "running": JSONDocument(status.jobs.running),
        "done": JSONDocument(status.jobs.done), "failed": JSONDocument(status.jobs.failed),
        "cancelled": JSONDocument(status.jobs.cancelled), "total": JSONDocument(status.jobs.total),
      ],
      "created": JSONDocument(status.created),
      "started": JSONDocument(status.started) { JSONDocument($0) },
      "finished": JSONDocument(status.finished) { JSONDocument($0) },
      "training": JSONDocument(status.training) { $0.json },
      "classifiers": JSONDocument(status.classifiers) { JSONDocument($0) },
      "user": JSONDocument(status.user),
      "user_cap": JSONDocument(status.userCap) { JSONDocument($0) },
      "user_running": JSONDocument(status.userRunning) { JSONDocument($0) },
      "labels": .array(status.labels.map { JSONDocument($0) }),
      "labels_missing": .array(status.labelsMissing.map { JSONDocument($0) }),
      "able_workers": JSONDocument(status.ableWorkers),
      "precisions_missing": .array(status.precisionsMissing.map { JSONDocument($0) }),
    ]
    if let details {
      object["images_per_second"] = JSONDocument(details.rate) { JSONDocument(measured: $0) }
      object["seconds_left"] = JSONDocument(secondsLeft) { JSONDocument(measured: $0) }
      object["emotions"] = .array(details.emotions.map { $0.json(accuracy($0.emotion)) })
      object["running"] = .array(details.running.map(\.json))
      object["waits"] = .object(details.waits.mapValues { JSONDocument($0) })
      object["rejected"] = JSONDocument(details.rejects) { $0.json }
      object["stopped"] = .array(details.stopped.map(\.json))
    }
    return .object(object)
  }
}

extension RejectCounts {
  fileprivate var json: JSONDocument {
    [
      "images": JSONDocument(images), "exhausted": JSONDocument(exhausted),
      "criteria": .object(
        Dictionary(
          uniqueKeysWithValues: Acceptance.Criterion.allCases.map {
            ($0.rawValue, JSONDocument(byCriterion[$0] ?? 0))
          })),
    ]
  }
}

extension TrainingStatus {
  fileprivate var json: JSONDocument {
    [
      "stage": JSONDocument(stage), "out": JSONDocument(out), "step": JSONDocument(step),
      "steps": JSONDocument(steps), "loss": JSONDocument(loss) { JSONDocument(measured: $0) },
      "steps_per_second": JSONDocument(stepsPerSecond) { JSONDocument(measured: $0) },
    ]
  }
}

extension EmotionProgress {
  fileprivate func json(_ accuracy: (measured: Int, right: Int)?) -> JSONDocument {
    [
      "emotion": JSONDocument(emotion) { JSONDocument($0) }, "images": JSONDocument(images),
      "images_done": JSONDocument(imagesDone), "images_failed": JSONDocument(imagesFailed),
      "images_measured": JSONDocument(accuracy?.measured) { JSONDocument($0) },
      "images_recognised": JSONDocument(accuracy?.right) { JSONDocument($0) },
    ]
  }
}

extension RunningJob {
  fileprivate var json: JSONDocument {
    [
      "job": JSONDocument(job), "emotion": JSONDocument(emotion) { JSONDocument($0) },
      "first_index": JSONDocument(firstIndex), "images": JSONDocument(count), "images_done": JSONDocument(imagesDone),
      "worker": JSONDocument(worker), "host": JSONDocument(host) { JSONDocument($0) },
      "pid": JSONDocument(pid) { JSONDocument($0) },
      "attempt": JSONDocument(attempt), "index": JSONDocument(currentIndex) { JSONDocument($0) },
      "step": JSONDocument(step) { JSONDocument($0) }, "steps": JSONDocument(steps) { JSONDocument($0) },
      "heartbeat": JSONDocument(heartbeat), "lease_expires": JSONDocument(leaseExpires),
    ]
  }
}

extension StoppedJob {
  fileprivate var json: JSONDocument {
    [
      "job": JSONDocument(job), "emotion": JSONDocument(emotion) { JSONDocument($0) },
      "first_index": JSONDocument(firstIndex), "images": JSONDocument(count), "images_done": JSONDocument(imagesDone),
      "attempt": JSONDocument(attempt), "errors": .array(errors.map { JSONDocument($0) }),
    ]
  }
}
