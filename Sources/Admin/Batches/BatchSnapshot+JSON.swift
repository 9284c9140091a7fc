import Farm

extension BatchSnapshot {
  /// The keys that `config/json-output.md` documents for a batch.
  package var json: JSONValue {
    var object: [String: JSONValue] = [
      "batch": JSONValue(status.id),
      "key": JSONValue(status.key) { JSONValue($0) },
      "name": JSONValue(status.name),
      "model": JSONValue(status.model),
      "seed": JSONValue(status.seed),
      "priority": JSONValue(status.priority),
      "state": JSONValue(status.state.rawValue),
      "images": JSONValue(status.images),
      "images_done": JSONValue(status.imagesDone),
      "jobs": [
        "ready": JSONValue(status.jobs.ready), "running": JSONValue(status.jobs.running),
        "done": JSONValue(status.jobs.done), "failed": JSONValue(status.jobs.failed),
        "cancelled": JSONValue(status.jobs.cancelled), "total": JSONValue(status.jobs.total),
      ],
      "created": JSONValue(status.created),
      "started": JSONValue(status.started) { JSONValue($0) },
      "finished": JSONValue(status.finished) { JSONValue($0) },
    ]
    if let details {
      object["images_per_second"] = JSONValue(details.rate) { JSONValue(measured: $0) }
      object["seconds_left"] = JSONValue(secondsLeft) { JSONValue(measured: $0) }
      object["emotions"] = .array(details.emotions.map(\.json))
      object["running"] = .array(details.running.map(\.json))
      object["stopped"] = .array(details.stopped.map(\.json))
    }
    return .object(object)
  }
}

extension EmotionProgress {
  fileprivate var json: JSONValue {
    [
      "emotion": JSONValue(emotion) { JSONValue($0) }, "images": JSONValue(images),
      "images_done": JSONValue(imagesDone), "images_failed": JSONValue(imagesFailed),
    ]
  }
}

extension RunningJob {
  fileprivate var json: JSONValue {
    [
      "job": JSONValue(job), "emotion": JSONValue(emotion) { JSONValue($0) },
      "first_index": JSONValue(firstIndex), "images": JSONValue(count), "images_done": JSONValue(imagesDone),
      "worker": JSONValue(worker), "host": JSONValue(host) { JSONValue($0) }, "pid": JSONValue(pid) { JSONValue($0) },
      "attempt": JSONValue(attempt), "index": JSONValue(currentIndex) { JSONValue($0) },
      "step": JSONValue(step) { JSONValue($0) }, "steps": JSONValue(steps) { JSONValue($0) },
      "heartbeat": JSONValue(heartbeat), "lease_expires": JSONValue(leaseExpires),
    ]
  }
}

extension StoppedJob {
  fileprivate var json: JSONValue {
    [
      "job": JSONValue(job), "emotion": JSONValue(emotion) { JSONValue($0) },
      "first_index": JSONValue(firstIndex), "images": JSONValue(count), "images_done": JSONValue(imagesDone),
      "attempt": JSONValue(attempt), "errors": .array(errors.map { JSONValue($0) }),
    ]
  }
}
