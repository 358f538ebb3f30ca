import { decodeValue, RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { createDerived } from "../derived.ts";
import { type AnswerOptions, answer, encodeBody, toJson, withJsonHeaders } from "./answer.ts";
import type { Answer } from "./message.ts";

/** Options of {@link RecordAnswers}. */
export interface RecordAnswerOptions extends Omit<AnswerOptions, "status"> {
  /** True for values that may be shown again, because the store returned the array or it was made from one for good. */
  readonly keep: boolean;
}

/** Creates the response with the values of a record, or the one that says that there are none. */
export type RecordAnswers = (handle: string, values: RecordValues, options: RecordAnswerOptions) => Answer;

/** The body for one handle. */
interface Encoded extends Pick<Answer, "body" | "text"> {
  /** As the client wrote it. */
  readonly handle: string;
}

/** The encoded parts of one array of values. */
interface Known {
  readonly values: string;
  last: Encoded;
}

function encode(handle: string, values: string): Encoded {
  const text = `{"responseCode":${RESPONSE_CODES.success},"handle":${toJson(handle)},"values":${values}}`;
  return { handle, ...encodeBody(text) };
}

/**
 * Creates a function that encodes records as JSON. What it encoded hangs on the array of values, so that it is there as
 * long as the store returns that array, and disappears with it. Stores never change an array that they returned.
 */
export function createRecordAnswers(): RecordAnswers {
  const known = createDerived<RecordValues, Known>();

  const encoded = (handle: string, values: RecordValues, keep: boolean): Encoded => {
    const found = known.get(values);
    if (found?.last.handle === handle) return found.last;
    const text = found?.values ?? toJson(values.map(decodeValue));
    const last = encode(handle, text);
    if (found !== undefined) found.last = last;
    else if (keep) known.set(values, { values: text, last });
    return last;
  };

  return (handle, values, { keep, pretty = false, headers = [] }) => {
    if (values.length === 0) {
      const body = { responseCode: RESPONSE_CODES.valuesNotFound, values, handle };
      return answer(body, { pretty, headers, status: 200 });
    }
    const responseCode = RESPONSE_CODES.success;
    if (pretty) return answer({ responseCode, handle, values: values.map(decodeValue) }, { pretty, headers });
    const { body, text } = encoded(handle, values, keep);
    return { status: 200, headers: withJsonHeaders(200, headers), body, text, responseCode, handle };
  };
}
