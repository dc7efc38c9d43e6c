/** What the generated `push` calls the metrics of a batch job: gauges, one series for each job. */
export const jobMetrics = {
  success: 'batch_job_success',
  duration: 'batch_job_duration_seconds',
  lastSuccess: 'batch_job_last_success_timestamp_seconds',
} as const;
