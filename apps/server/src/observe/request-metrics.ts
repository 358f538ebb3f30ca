import type { ServiceEvent } from "@handlekit/service";
import { Counter, Histogram, type Registry } from "prom-client";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"]);
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5];
/** For responses without a response code. */
const NONE = 999;

/** The requests of a route with a method, counted by status and response code, which are one number. */
type Answers = Map<number, number>;

interface RouteCounts {
  readonly methods: Map<string, Answers>;
  readonly duration: { observe(seconds: number): void };
}

function outcomeOf({ failedLogin }: ServiceEvent): string {
  if (failedLogin === undefined) return "accepted";
  return failedLogin.throttled ? "throttled" : "failed";
}

/**
 * Creates the metrics of requests and logins. The labels are the names of routes, known methods, numbers that the
 * service chooses, and the names of schemes: their number is bounded, whatever clients send.
 */
export function createRequestMetrics(registry: Registry): {
  readonly observe: (event: ServiceEvent) => void;
} {
  const routes = new Map<string | undefined, RouteCounts>();
  const registers = [registry];
  const durations = new Histogram({
    name: "hdl_request_duration_seconds",
    help: "Time that the service took for a request, by route.",
    labelNames: ["route"],
    buckets: BUCKETS,
    registers,
  });
  const logins = new Counter({
    name: "hdl_logins_total",
    help: "Requests with a login, by scheme and outcome.",
    labelNames: ["scheme", "outcome"],
    registers,
  });
  new Counter({
    name: "hdl_requests_total",
    help: "Requests, by route, method, HTTP status and response code of the Handle protocol.",
    labelNames: ["route", "method", "status", "response_code"],
    registers,
    // Counted in maps: a call of inc with labels takes longer than all the rest of observe.
    collect() {
      this.reset();
      for (const [route = "none", { methods }] of routes) {
        for (const [method, answers] of methods) {
          for (const [answer, count] of answers) {
            const code = answer % 1000;
            const response_code = code === NONE ? "none" : code;
            this.inc({ route, method, status: Math.floor(answer / 1000), response_code }, count);
          }
        }
      }
    },
  });

  const addRoute = (name: string | undefined): RouteCounts => {
    const counts = { methods: new Map<string, Answers>(), duration: durations.labels(name ?? "none") };
    routes.set(name, counts);
    return counts;
  };

  const addMethod = ({ methods }: RouteCounts, name: string): Answers => {
    const answers: Answers = new Map();
    methods.set(name, answers);
    return answers;
  };

  return {
    observe(event) {
      const counts = routes.get(event.route) ?? addRoute(event.route);
      const method = METHODS.has(event.method) ? event.method : "other";
      const answers = counts.methods.get(method) ?? addMethod(counts, method);
      const answer = event.status * 1000 + (event.responseCode ?? NONE);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      counts.duration.observe(event.milliseconds / 1000);
      const { scheme, failedLogin } = event;
      if (scheme === undefined && failedLogin === undefined) return;
      logins.inc({ scheme: scheme ?? failedLogin?.scheme ?? "other", outcome: outcomeOf(event) });
    },
  };
}
