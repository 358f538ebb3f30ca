import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, encodeValues, type HandleValueInput, handleKey, parseReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import {
  type Connection,
  createHandleService,
  type HandleServiceOptions,
  openMemory,
  type ServiceResponse,
} from "@handlekit/service";

export const PREFIX = "20.500.12345";
export const ADMIN = `300:${PREFIX}/ADMIN`;
export const PASSWORD = "S3CR3T-admin";
export const NOW = Date.parse("2026-01-02T03:04:05Z");
/** A user without rights. */
export const OTHER = { user: `300:${PREFIX}/OTHER`, password: "S3CR3T-other" };
/** The timestamp of the values that {@link seed} writes. */
export const SEEDED = new Date(1_700_000_000_000);

/** The first header of a response with a name, in the case that the service writes it. */
export function headerOf({ headers }: Pick<ServiceResponse, "headers">, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}

export function admin(
  permissions = "011111110011",
  index = 200,
  handle = `0.NA/${PREFIX}`,
): HandleValueInput {
  return { index: 100, type: "HS_ADMIN", data: { format: "admin", value: { handle, index, permissions } } };
}

export async function seed(
  store: HandleStore,
  handle: string,
  values: readonly HandleValueInput[],
): Promise<void> {
  await store.commit(handleKey(handle), "absent", encodeValues(values, SEEDED));
}

/** Creates a service on a memory store with a prefix, an administrator, a user without rights and one record. */
export async function createFixture(options: Partial<HandleServiceOptions> = {}) {
  const { store = openMemory().store } = options;
  await store.home(PREFIX);
  await store.home("0.NA");
  await seed(store, `0.NA/${PREFIX}`, [
    admin("111111110011"),
    { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [parseReference(ADMIN)] } },
  ]);
  await seed(store, `${PREFIX}/ADMIN`, [
    admin(),
    { index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" },
  ]);
  await seed(store, `${PREFIX}/OTHER`, [
    admin(),
    { index: 300, type: "HS_SECKEY", data: OTHER.password, permissions: "1100" },
  ]);
  await seed(store, `${PREFIX}/Record`, [
    { index: 1, type: "URL", data: "https://example.org/" },
    { index: 2, type: "EMAIL", data: "a@example.org" },
    { index: 3, type: "URL.EN", data: "https://example.org/en" },
    { index: 20, type: "NOTE", data: "hidden", permissions: "1100" },
    admin(),
  ]);
  const service = createHandleService({ store, now: () => NOW, ...options });

  /** Sends one request; `body` as JSON. */
  const call = async (
    method: string,
    target: string,
    how: {
      readonly user?: string;
      readonly password?: string;
      readonly secure?: boolean;
      readonly body?: unknown;
      readonly raw?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly connection?: Partial<Connection>;
    } = {},
  ) => {
    const login =
      how.user === undefined
        ? {}
        : { authorization: encodeBasic(parseReference(how.user), encodeUtf8(how.password ?? PASSWORD)) };
    const text = how.raw ?? (how.body === undefined ? "" : JSON.stringify(how.body));
    const response = await service.respond({
      method,
      target,
      headers: { ...(text === "" ? {} : { "content-type": "application/json" }), ...login, ...how.headers },
      body: encodeUtf8(text),
      connection: { secure: how.secure ?? true, ...how.connection },
    });
    const answer = new TextDecoder().decode(response.body);
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      json: answer.startsWith("{") ? (JSON.parse(answer) as Record<string, unknown>) : undefined,
    };
  };
  return { store, service, call };
}

export const path = (suffix: string) => `/api/handles/${PREFIX}/${suffix}`;
