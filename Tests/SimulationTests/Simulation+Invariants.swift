import Farm

extension Simulation {
  // MARK: What must hold always, and in the end

  func checkCounters() {
    for batch in database.batches {
      let jobs = database.jobs[batch.jobs]
      for job in jobs {
        let images = job.indices.count { batch.accepted[$0] != nil }
        if images != job.imagesDone { violated("job \(job.id) counts \(job.imagesDone) images and has \(images)") }
        if job.state == .done, images < job.indices.count { violated("job \(job.id) is done without all images") }
        if job.state == .failed, job.charges < batch.maxAttempts,
          job.blamers.count < JobMachine.hostsThatBlameTheJob
        {
          violated("job \(job.id) is in quarantine after \(job.charges) charged attempts")
        }
        if job.state != .running, job.imagesCounted != job.imagesDone {
          violated("job \(job.id) left its worker with images that no counter names")
        }
      }
      let counted = batch.imagesDone + jobs.reduce(0) { $0 + $1.imagesDone - $1.imagesCounted }
      if counted != batch.accepted.count {
        violated("batch \(batch.id) counts \(counted) images and has \(batch.accepted.count)")
      }
      for (state, number) in [(JobState.done, batch.done), (.failed, batch.failed), (.cancelled, batch.cancelled)]
      where jobs.count(where: { $0.state == state }) != number {
        violated("batch \(batch.id) counts \(number) jobs that are \(state)")
      }
      if batch.state.isFinished != jobs.allSatisfy(\.state.isClosed) {
        violated("batch \(batch.id) is \(batch.state) with jobs \(jobs.map(\.state))")
      }
    }
    checkLabels()
  }

  private func checkLabels() {
    for batch in database.batches {
      for (index, image) in batch.accepted
      where image.specification != batch.specification
        || image.seed != (batch.seed + UInt64(index)) % (1 << 63)
      {
        violated("image \(index) of batch \(batch.id) is not what the batch asks for")
      }
    }
  }

  func checkImages() {
    guard problem == nil else { return }
    for batch in database.batches {
      if batch.state != .done { violated("batch \(batch.id) ended \(batch.state)") }
      if Set(batch.accepted.keys) != Set(0..<batch.images) { violated("batch \(batch.id) lacks images") }
      if let lost = batch.accepted.values.first(where: { !files.contains($0.file) }) {
        violated("the file of image \(lost.index) of batch \(batch.id) is lost")
      }
    }
  }
}
