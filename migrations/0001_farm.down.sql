DROP TABLE artifact_marks, events, images, workers, attempts, jobs, cells, batches, models;
DROP TYPE event_level, attempt_outcome, worker_state, job_state, batch_state;
