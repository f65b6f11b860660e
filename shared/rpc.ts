import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { AppError, errorText } from './errors.ts';
import { Refusal } from './endpoint.ts';
import type { Logger } from './logger.ts';
import { currentTrace, type Trace, withTrace } from './trace.ts';

/**
 * Questions between processes, by gRPC. A context writes its questions twice, in `service.proto` and as a TypeScript
 * interface; its server implements that interface and its clients are typed by it. 64-bit numbers and sums are strings.
 */
export type Questions<Q> = { readonly [M in keyof Q]: (request: never) => Promise<object> };

const REFUSAL_KEY = 'rostra-refusal';
/** Tells a failure of our own server's from a connection that broke, which gRPC may call internal too. */
const FAILED = 'internal error';
const MAXIMUM_MESSAGE_BYTES = 4 * 1024 * 1024;
const LOADER = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

function serviceOf(proto: URL): grpc.ServiceDefinition {
  const found = findService(grpc.loadPackageDefinition(loadSync(proto.pathname, LOADER)));
  if (!found) throw new AppError('no-service', `${proto.pathname} defines no service`, { retriable: false });
  return found;
}

function findService(node: grpc.GrpcObject): grpc.ServiceDefinition | null {
  for (const child of Object.values(node)) {
    if (typeof child === 'function') return (child as grpc.ServiceClientConstructor).service;
    if ('format' in child) continue;
    const inner = findService(child as grpc.GrpcObject);
    if (inner) return inner;
  }
  return null;
}

export interface RpcService {
  readonly proto: URL;
  /** Method name as in the proto, in camelCase → what answers it. */
  readonly answers: Readonly<Record<string, (request: never) => Promise<object>>>;
}

/**
 * Serves the given contexts on one port. A `Refusal` reaches the caller as itself; a retriable error as "unavailable";
 * anything else as an internal error, logged here.
 */
export async function serveRpc(services: readonly RpcService[], address: string, log: Logger) {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': MAXIMUM_MESSAGE_BYTES });
  for (const { proto, answers } of services) {
    const definition = serviceOf(proto);
    server.addService(definition, asHandlers(definition, answers, log));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    /** Lets calls in flight end for `limitMs` at most. */
    close: (limitMs = 5_000) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => (server.forceShutdown(), resolve()), limitMs);
        server.tryShutdown(() => (clearTimeout(timer), resolve()));
      }),
  };
}

function asHandlers(definition: grpc.ServiceDefinition, answers: RpcService['answers'], log: Logger) {
  const handlers: grpc.UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(definition)) {
    const answer = answers[method.originalName ?? name];
    if (!answer) throw new AppError('no-answer', `${method.path} is not implemented`, { retriable: false });
    handlers[name] = (call: grpc.ServerUnaryCall<unknown, object>, callback: grpc.sendUnaryData<object>) => {
      const trace = readTrace(call.metadata);
      const answered = () => answer(call.request as never);
      (trace ? withTrace(trace, answered) : answered()).then(
        (value) => callback(null, value),
        (error: unknown) => callback(toStatus(error, method.path, log)),
      );
    };
  }
  return handlers;
}

const UNAVAILABLE_LINE_MS = 1_000;
/** Method → questions that could not be answered since the last line that said so, and when that was, ms. */
const unsaid = new Map<string, { questions: number; lineMs: number }>();

/** While a server is away, or too many ask at once, every question ends here for one reason: a line a second tells it. */
function noteUnavailable({ code, message }: AppError, path: string, log: Logger): void {
  const before = unsaid.get(path) ?? { questions: 0, lineMs: -Infinity };
  const [questions, nowMs] = [before.questions + 1, performance.now()];
  const isTold = nowMs - before.lineMs >= UNAVAILABLE_LINE_MS;
  unsaid.set(path, isTold ? { questions: 0, lineMs: nowMs } : { ...before, questions });
  if (isTold) log.warn({ code, reason: message, path, questions, requestId: currentTrace()?.requestId }, 'unavailable');
}

function toStatus(error: unknown, path: string, log: Logger): grpc.ServiceError {
  const status = new grpc.StatusBuilder().withDetails(errorText(error));
  if (error instanceof Refusal) {
    const metadata = new grpc.Metadata();
    metadata.set(REFUSAL_KEY, JSON.stringify({ status: error.status, message: error.message, faults: error.faults }));
    return status.withCode(grpc.status.FAILED_PRECONDITION).withMetadata(metadata).build() as grpc.ServiceError;
  }
  const isRetriable = error instanceof AppError && error.retriable;
  if (!isRetriable) log.error({ err: error, path, requestId: currentTrace()?.requestId }, 'a question failed');
  else noteUnavailable(error, path, log);
  return status
    .withCode(isRetriable ? grpc.status.UNAVAILABLE : grpc.status.INTERNAL)
    .withDetails(isRetriable ? 'unavailable' : FAILED)
    .build() as grpc.ServiceError;
}

/** The names of a trace on the wire; the second is W3C's. */
const TRACE_KEYS = { requestId: 'x-request-id', traceparent: 'traceparent' } as const;

function readTrace(metadata: grpc.Metadata): Trace | null {
  const [requestId, traceparent] = [metadata.get(TRACE_KEYS.requestId)[0], metadata.get(TRACE_KEYS.traceparent)[0]];
  return requestId && traceparent ? { requestId: String(requestId), traceparent: String(traceparent) } : null;
}

function writeTrace(): grpc.Metadata {
  const metadata = new grpc.Metadata();
  const trace = currentTrace();
  if (!trace) return metadata;
  metadata.set(TRACE_KEYS.requestId, trace.requestId);
  metadata.set(TRACE_KEYS.traceparent, trace.traceparent);
  return metadata;
}

/** Asked again where the server was out of reach, within the call's one deadline: only what changes nothing. */
const RETRIES = {
  maxAttempts: 3,
  initialBackoff: '0.05s',
  maxBackoff: '0.5s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};

/** A method says of itself in the proto that it changes nothing: `option idempotency_level = NO_SIDE_EFFECTS`. */
function serviceConfig(definition: grpc.ServiceDefinition): string {
  const isSafe = (method: object) =>
    (method as { options?: { idempotency_level?: string } }).options?.idempotency_level === 'NO_SIDE_EFFECTS';
  const name = Object.values(definition)
    .filter(isSafe)
    .map(({ path }) => ({ service: path.split('/')[1], method: path.split('/')[2] }));
  return JSON.stringify({
    loadBalancingConfig: [],
    methodConfig: name.length > 0 ? [{ name, retryPolicy: RETRIES }] : [],
  });
}

/**
 * A typed client. Each method takes the request and resolves with the answer.
 * Every call has a deadline; it fails with the server's `Refusal`, with a retriable AppError where the server is out of
 * reach or late, or with one that is not where the server itself failed: asked again, it would fail again.
 */
export function rpcClient<Q extends Questions<Q>>(
  proto: URL,
  address: string,
  deadlineMs = 3_000,
): Q & { close(): void } {
  const definition = serviceOf(proto);
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.max_receive_message_length': MAXIMUM_MESSAGE_BYTES,
    'grpc.initial_reconnect_backoff_ms': 100,
    // A server that was killed is back in a second or two, and is missed for no longer than it must be.
    'grpc.max_reconnect_backoff_ms': 500,
    'grpc.service_config': serviceConfig(definition),
  });
  const ask = (method: grpc.MethodDefinition<object, object>) => (request: object) =>
    new Promise<object>((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        writeTrace(),
        { deadline: Date.now() + deadlineMs },
        (error, answer) => (error ? reject(fromStatus(error)) : resolve(answer as object)),
      );
    });
  const methods = Object.entries(definition).map(([name, method]) => [method.originalName ?? name, ask(method)]);
  return { ...Object.fromEntries(methods), close: () => client.close() } as Q & { close(): void };
}

function fromStatus(error: grpc.ServiceError): Error {
  const refusal = error.metadata?.get(REFUSAL_KEY)[0];
  if (refusal) {
    const { status, message, faults } = JSON.parse(String(refusal)) as Pick<Refusal, 'status' | 'message' | 'faults'>;
    return new Refusal(status, message, faults);
  }
  if (error.code === grpc.status.INTERNAL && error.details === FAILED) {
    return new AppError('service-failed', `the service failed: ${error.details}`, { retriable: false, cause: error });
  }
  return new AppError('service-unavailable', `the service did not answer: ${error.details}`, {
    retriable: true,
    cause: error,
  });
}
