import {
  decodeValue,
  foldCase,
  handleKey,
  prefixHandle,
  RESPONSE_CODES,
  VALUE_PERMISSIONS,
  type ValueReference,
} from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { flag } from "../target.ts";
import { assertAllowed, assertIdentified } from "./authorised.ts";
import { readIndexes } from "./indexes.ts";
import { refuse } from "./refuse.ts";
import { isPublic, withSafePermissions } from "./visible.ts";

/** `T` selects the type T, `T.` the type T and all its subtypes, in any case. */
function typeFilter(types: readonly string[]): (value: StoredValue) => boolean {
  const wanted = types.map(foldCase);
  return ({ type }) => {
    const folded = foldCase(type);
    return wanted.some(
      (w) => folded === w || (w.endsWith(".") && (`${folded}.` === w || folded.startsWith(w))),
    );
  };
}

function select(values: RecordValues, query: URLSearchParams, indexes: readonly number[]): RecordValues {
  const types = query.getAll("type");
  if (indexes.length === 0 && types.length === 0) return values;
  const ofType = typeFilter(types);
  return values.filter((value) => indexes.includes(value.index) || ofType(value));
}

/**
 * GET /api/handles/{handle}: the values selected by `index` and `type` (either fits), the public ones or,
 * for who may read them, all.
 *
 * @throws HandleError with a response code: 301, 100, 402, 400, 401
 */
export async function readHandle(
  context: ServiceContext,
  asked: string,
  query: URLSearchParams,
  identity: ValueReference | undefined,
): Promise<ServiceResponse> {
  const indexes = readIndexes(query);
  if (asked === "") throw refuse(RESPONSE_CODES.invalidHandle, "Empty handle invalid");
  const handle = asked.includes("/") ? asked : prefixHandle(asked);
  await context.assertHomed(handle);
  const record = await context.store.read(handleKey(handle));
  if (record === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", asked);

  const selected = select(record.values, query, indexes);
  const hidden = selected.filter((value) => !isPublic(value));
  const publicOnly = flag(query, "publicOnly") ?? identity === undefined;
  if (!publicOnly && hidden.length > 0) {
    assertIdentified(identity, asked);
    if (hidden.some((value) => (value.permissions & VALUE_PERMISSIONS.adminRead) === 0)) {
      throw refuse(RESPONSE_CODES.insufficientPermissions, "", asked);
    }
    await assertAllowed(context, identity, { name: "read" }, handle);
  }
  const values = (publicOnly ? selected.filter(isPublic) : selected).map((v) =>
    decodeValue(withSafePermissions(v)),
  );
  const pretty = flag(query, "pretty") ?? false;
  return values.length === 0
    ? answer({ responseCode: RESPONSE_CODES.valuesNotFound, values, handle: asked }, { status: 200, pretty })
    : answer({ responseCode: RESPONSE_CODES.success, handle: asked, values }, { pretty });
}
