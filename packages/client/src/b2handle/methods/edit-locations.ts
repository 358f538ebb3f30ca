import { checkArgument } from "@handlekit/core";
import { readUrls } from "../arguments.ts";
import { writeLocations } from "../key-value-pairs.ts";
import { runMethod, type Session } from "./session.ts";

const READS_VALUE = { readsValue: true } as const;

/** Adds URLs; see `addAdditionalURL`. */
export async function addUrls(
  session: Session,
  operation: string,
  handle: string,
  given: readonly unknown[],
): Promise<void> {
  const { urls, attributes } = await runMethod(session, operation, handle, () => {
    const read = readUrls(operation, given, "with attributes");
    // Refuses invalid attributes before anything is sent.
    writeLocations(read.urls, undefined, read.attributes);
    return read;
  });
  const add = () => session.client.locations.add(handle, urls, attributes);
  await runMethod(session, operation, handle, add, READS_VALUE);
}

/** Replaces a URL; see `exchangeAdditionalURL`. */
export async function exchangeUrls(
  session: Session,
  operation: string,
  handle: string,
  oldUrl: string,
  newUrl: string,
): Promise<void> {
  await runMethod(session, operation, handle, () => {
    checkArgument(operation, "oldUrl", oldUrl, ["string"]);
    checkArgument(operation, "newUrl", newUrl, ["string"]);
    writeLocations([newUrl]);
  });
  const exchange = () => session.client.locations.exchange(handle, oldUrl, newUrl);
  await runMethod(session, operation, handle, exchange, READS_VALUE);
}

/** Removes URLs; see `removeAdditionalURL`. */
export async function removeUrls(
  session: Session,
  operation: string,
  handle: string,
  given: readonly unknown[],
): Promise<void> {
  const { urls } = await runMethod(session, operation, handle, () => readUrls(operation, given, "alone"));
  const remove = () => session.client.locations.remove(handle, urls);
  await runMethod(session, operation, handle, remove, READS_VALUE);
}
