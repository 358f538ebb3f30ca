import { requestFields, sessionFacts } from "./challenge.ts";
import type { RecordedRequest, RecordedResponse } from "./recording.ts";
import { attemptOf, findRecipe, type SigningKeys } from "./signatures.ts";

/** Sixteen bytes in base64. */
const NONCE = /^[A-Za-z0-9+/]{22}==$/;
/** Usable unquoted in a header, and long enough not to be guessed. */
const SESSION_ID = /^[\w.~-]{20,}$/;

/** Puts our server's session ids, nonces and address in the place of the recorded ones. */
export interface Carrier {
  /** A recorded request as our server must get it: with our ids, and signed anew for our nonce. */
  request(recorded: RecordedRequest): RecordedRequest;
  /** The answer our server should give to it. */
  response(recorded: RecordedResponse): RecordedResponse;
  /** Pairs what the two answers name; what is paired stays, and one of ours is never paired twice. */
  learn(recorded: RecordedResponse, ours: RecordedResponse): void;
}

/** What a carrier is made from. */
export interface CarrierOptions {
  readonly keys: SigningKeys;
  /** `host:port` in the recordings. */
  readonly recordedHost: string;
  /** `host:port` of our server for the scheme that is replayed. */
  host(scheme: "http" | "https"): string;
}

/** Makes a carrier that knows nothing yet. */
export function createCarrier(options: CarrierOptions): (scheme: "http" | "https") => Carrier {
  const ours = new Map<string, string>();
  const taken = new Set<string>();
  const nonces = new Map<string, string>();

  const pair = (recorded: string | undefined, own: string | undefined, form: RegExp): void => {
    if (recorded === undefined || own === undefined || ours.has(recorded)) return;
    if (taken.has(own) || !form.test(own)) return;
    ours.set(recorded, own);
    taken.add(own);
  };
  const translate = (text: string): string =>
    [...ours].reduce((done, [recorded, own]) => done.replaceAll(recorded, own), text);

  const signAnew = (request: RecordedRequest): ((text: string) => string) => {
    const fields = requestFields(request);
    const attempt = attemptOf(fields);
    const recordedNonce = nonces.get(fields.sessionId ?? "");
    const ownNonce = ours.get(recordedNonce ?? "");
    if (!attempt || recordedNonce === undefined || ownNonce === undefined) return (text) => text;
    const recipe = findRecipe(attempt, recordedNonce, options.keys);
    return (text) => (recipe ? text.replaceAll(attempt.signature, recipe(ownNonce)) : text);
  };

  return (scheme) => ({
    request(recorded) {
      const signed = signAnew(recorded);
      return {
        ...recorded,
        headers: recorded.headers.map(([name, value]) =>
          name === "Host" ? [name, options.host(scheme)] : [name, translate(signed(value))],
        ),
        body: translate(signed(recorded.body)),
      };
    },
    response(recorded) {
      const own = (text: string): string =>
        translate(text).replaceAll(options.recordedHost, options.host(scheme));
      return {
        ...recorded,
        headers: recorded.headers.map(([name, value]) => [name, own(value)]),
        body: own(recorded.body),
      };
    },
    learn(recorded, answer) {
      const theirs = sessionFacts(recorded);
      const own = sessionFacts(answer);
      pair(theirs.sessionId, own.sessionId, SESSION_ID);
      pair(theirs.nonce, own.nonce, NONCE);
      if (theirs.sessionId !== undefined && theirs.nonce !== undefined) {
        nonces.set(theirs.sessionId, theirs.nonce);
      }
    },
  });
}
