-- What wrk prints at the end: requests a second and percentiles of the latency, in microseconds, as JSON.
done = function(summary, latency)
  io.write(string.format('{"requests":%d,"us":%d,"failed":%d,"p50":%d,"p99":%d,"p999":%d}\n', summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
