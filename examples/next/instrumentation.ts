export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { health } = await import("./lib/health");
    health.markStarted();
    // Next leaves the signal to us with NEXT_MANUAL_SIG_HANDLE=true; else it stops listening before a probe can see it.
    process.once("SIGTERM", () => {
      health.drain();
      setTimeout(() => process.exit(0), Number(process.env.DRAIN_MS ?? 10_000));
    });
  }
}
