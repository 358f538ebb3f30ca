import { decodeValue, encodeUtf8, RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { type AnswerOptions, answer, toJson, withJsonHeaders } from "./answer.ts";
import type { Answer } from "./message.ts";

/** Options of {@link RecordAnswers}. */
export interface RecordAnswerOptions extends Omit<AnswerOptions, "status"> {
  /** True for values that may be shown again, because the store returned the array or it was made from one for good. */
  readonly keep: boolean;
}

/** Creates the response with the values of a record, or the one that says that there are none. */
export type RecordAnswers = (handle: string, values: RecordValues, options: RecordAnswerOptions) => Answer;

/** What was encoded of one array of values. */
interface Encoded {
  readonly values: string;
  /** The last handle that these values were shown for, as the client wrote it, and the body for it. */
  handle: string;
  body: Uint8Array;
}

/**
 * Creates a function that encodes records as JSON. What it encoded hangs on the array of values, so that it is there as
 * long as the store returns that array, and disappears with it. Stores never change an array that they returned.
 */
export function createRecordAnswers(): RecordAnswers {
  const known = new WeakMap<RecordValues, Encoded>();
  const bodyOf = (handle: string, values: string) =>
    encodeUtf8(`{"responseCode":${RESPONSE_CODES.success},"handle":${toJson(handle)},"values":${values}}`);

  const bodyFor = (handle: string, values: RecordValues, keep: boolean): Uint8Array => {
    const found = known.get(values);
    if (found?.handle === handle) return found.body;
    const text = found?.values ?? toJson(values.map(decodeValue));
    const body = bodyOf(handle, text);
    if (found !== undefined) {
      found.handle = handle;
      found.body = body;
    } else if (keep) known.set(values, { values: text, handle, body });
    return body;
  };

  return (handle, values, { keep, pretty = false, headers = [] }) => {
    if (values.length === 0) {
      const body = { responseCode: RESPONSE_CODES.valuesNotFound, values, handle };
      return answer(body, { pretty, headers, status: 200 });
    }
    const responseCode = RESPONSE_CODES.success;
    if (pretty) return answer({ responseCode, handle, values: values.map(decodeValue) }, { pretty, headers });
    return {
      status: 200,
      headers: withJsonHeaders(200, headers),
      body: bodyFor(handle, values, keep),
      responseCode,
      handle,
    };
  };
}
