export { createHealth } from "./health.js";
export { createHandler } from "./respond.js";
export { HealthError, isHealthError, type HealthErrorCode } from "./errors.js";
export type {
  ChangeEvent,
  LifecycleEvent,
  RegistrationEvent,
  ResultEvent,
  Check,
  CheckContext,
  CheckOptions,
  CheckOutcome,
  CheckReport,
  CheckStatus,
  CheckVerdict,
  Clock,
  Enabled,
  Health,
  HealthEvents,
  HealthOptions,
  Lifecycle,
  LogEntry,
  LoggedError,
  Logger,
  Probe,
  Reason,
  Report,
  ReportStatus,
} from "./types.js";
export type { Details, Format, HeaderSource, HealthHandler, HealthRequest, HealthResponse, MountOptions } from "./http-types.js";
