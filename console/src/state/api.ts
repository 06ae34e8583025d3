/** The HTTP API of control; every failure becomes an `ApiError` with a code that the catalogue words. */

export class ApiError extends Error {
  readonly kind: string;
  readonly code: string;
  readonly advice: string;
  readonly reference: string;
  /** When another try is worth it, if that was said. */
  readonly retryAfterS: number | null;

  constructor(
    told: { kind: string; code: string; message: string; advice?: string; reference?: string },
    retryAfterS: number | null = null,
  ) {
    super(told.message);
    this.kind = told.kind;
    this.code = told.code;
    this.advice = told.advice ?? "";
    this.reference = told.reference ?? "";
    this.retryAfterS = retryAfterS;
  }
}

export type Purpose = "monitoring" | "incident" | "evidence" | "maintenance" | "audit";

/** Why we look, and for which incident: control writes both into the audit log. */
export interface Reason {
  purpose: Purpose;
  case?: string | null;
}

interface Call {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  reason?: Reason;
  signal?: AbortSignal;
}

const onSignedOut: (() => void)[] = [];

/** Called when control says that the session has ended. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut.push(callback);
}

export function get<T>(path: string, reason?: Reason, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { method: "GET", ...(reason && { reason }), ...(signal && { signal }) });
}

export function post<T>(path: string, body: unknown, reason?: Reason): Promise<T> {
  return call<T>(path, { method: "POST", body, ...(reason && { reason }) });
}

export function put<T>(path: string, body: unknown, reason?: Reason): Promise<T> {
  return call<T>(path, { method: "PUT", body, ...(reason && { reason }) });
}

export function patch<T>(path: string, body: unknown, reason?: Reason): Promise<T> {
  return call<T>(path, { method: "PATCH", body, ...(reason && { reason }) });
}

export function remove(path: string): Promise<void> {
  return call<void>(path, { method: "DELETE" });
}

async function call<T>(path: string, { method, body, reason, signal }: Call): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (reason) headers["X-Sereno-Purpose"] = reason.purpose;
  if (reason?.case) headers["X-Sereno-Case"] = reason.case;
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new ApiError({ kind: "unavailable", code: "control_unreachable", message: "The centre does not answer." });
  }
  if (!response.ok) throw await refusal(response, path);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? seconds : null;
}

async function refusal(response: Response, path: string): Promise<ApiError> {
  if (response.status === 401 && path !== "/session") for (const callback of onSignedOut) callback();
  try {
    return new ApiError(await response.json(), retryAfterOf(response));
  } catch {
    const code = response.status === 401 ? "not_signed_in" : "control_unreachable";
    return new ApiError({ kind: "unavailable", code, message: `The centre answered ${response.status}.` });
  }
}
