import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { jsonObject, requestFields, sessionFacts } from "./challenge.ts";
import type { RecordedRequest, RecordedResponse } from "./recording.ts";
import type { Difference } from "./rules.ts";

/** The key of the first server in an answer of /api/site. */
export function publishedKey(answer: RecordedResponse): KeyObject | undefined {
  const { site } = jsonObject(answer.body) as {
    readonly site?: { readonly servers?: readonly { readonly publicKey?: { readonly value?: object } }[] };
  };
  const jwk = site?.servers?.[0]?.publicKey?.value;
  return jwk === undefined ? undefined : createPublicKey({ key: { ...jwk }, format: "jwk" });
}

/** Whether an answer's serverSignature is the key's, over its nonce and the request's cnonce. */
export function isServerSignature(
  request: RecordedRequest,
  answer: RecordedResponse,
  key: KeyObject,
): boolean {
  const { nonce = "", serverSignature = "" } = sessionFacts(answer);
  const { cnonce = "" } = requestFields(request);
  const message = Buffer.concat([Buffer.from(nonce, "base64"), Buffer.from(cnonce, "base64")]);
  return verify("sha256", message, key, Buffer.from(serverSignature, "base64"));
}

/**
 * Checks a serverSignature where the recorded answer has one.
 *
 * @param key what our /api/site publishes
 * @returns the recorded answer with our signature in it, and what is wrong with ours
 */
export function checkServerSignature(
  request: RecordedRequest,
  expected: RecordedResponse,
  got: RecordedResponse,
  key: KeyObject | undefined,
): { readonly expected: RecordedResponse; readonly differences: readonly Difference[] } {
  const theirs = sessionFacts(expected).serverSignature;
  const own = sessionFacts(got).serverSignature;
  if (theirs === undefined || own === undefined) return { expected, differences: [] };
  const put = (text: string): string => text.replaceAll(theirs, own);
  const wrong = (text: string): readonly Difference[] => [
    { field: "serverSignature", expected: "made with the key of /api/site", got: text },
  ];
  return {
    expected: {
      ...expected,
      headers: expected.headers.map(([name, value]) => [name, put(value)]),
      body: put(expected.body),
    },
    differences:
      key === undefined
        ? wrong("no key at /api/site")
        : isServerSignature(request, got, key)
          ? []
          : wrong("does not verify"),
  };
}
