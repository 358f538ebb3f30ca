import type { ServiceContext } from "../context.ts";

/** What resolving works with. */
export type ResolverContext = Pick<ServiceContext, "store" | "homed" | "now" | "log">;
