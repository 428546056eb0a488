export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { nextServer, shutdownOnSignal } = await import("probekit/shutdown");
    const { health } = await import("./lib/health");
    // Next leaves the signals to us with NEXT_MANUAL_SIG_HANDLE=true; else it stops listening before a probe can see it.
    shutdownOnSignal(health, nextServer(), { drainDelayMs: Number(process.env.DRAIN_MS ?? 5000) });
    health.markStarted();
  }
}
