import { errors } from "./errors.ts";
import { ANYBODY, formOrJson, type JsonObject, json, LOGIN, type Paths, ref } from "./parts.ts";

const NO_SESSION: JsonObject = {
  400: { description: "The body is not a form or a JSON object. Without a body." },
  403: {
    description:
      "There is no such session, the login is incomplete, or the request is not over TLS. Without a body.",
  },
  ...errors(413, 429, 500, 503),
};
const BODY: JsonObject = { content: formOrJson("Login") };
const SESSION: JsonObject = { description: "The session.", content: json("Session") };
const REFUSED: JsonObject = {
  description: "The login failed: the session, or without a body if there is none.",
  headers: { "WWW-Authenticate": ref("headers/WWW-Authenticate") },
  content: json("Session"),
};
const SHOWN: JsonObject = { 200: SESSION, 401: REFUSED, ...NO_SESSION };

const answer = (operationId: string): JsonObject => ({
  operationId,
  tags: ["sessions"],
  summary: "Answers the challenge of a session",
  description: "`signature` is made over the 16 bytes of `nonce` followed by those of `cnonce`.",
  requestBody: BODY,
  responses: SHOWN,
  security: ANYBODY,
});

/** /api/sessions. Most refusals have no body. */
export const SESSIONS: Paths = {
  "/api/sessions": {
    post: {
      operationId: "openSession",
      tags: ["sessions"],
      summary: "Opens a session",
      description:
        "It has a challenge; with Basic or a client certificate it is authenticated at once. A login that fails leaves it unauthenticated, with `error`. A session ends 30 minutes after its last use, and 12 hours after its login unless the server is set up otherwise.",
      requestBody: BODY,
      responses: {
        ...NO_SESSION,
        201: { ...SESSION, headers: { Location: ref("headers/Location") } },
        400: {
          description:
            "The request names a session, or its body is not a form or a JSON object. Without a body.",
        },
        403: { description: "The request is not over TLS, or its login is incomplete. Without a body." },
      },
      security: ANYBODY,
    },
  },
  "/api/sessions/this": {
    get: {
      operationId: "getSession",
      tags: ["sessions"],
      summary: "Shows the session of the request",
      responses: SHOWN,
      security: ANYBODY,
    },
    put: answer("answerChallenge"),
    post: answer("answerChallengeByPost"),
    delete: {
      operationId: "endSession",
      tags: ["sessions"],
      summary: "Ends the session of the request",
      responses: { 204: { description: "It is ended." }, ...NO_SESSION },
      security: LOGIN,
    },
  },
};
