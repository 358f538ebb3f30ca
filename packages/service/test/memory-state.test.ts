import { createMemoryState } from "@handlekit/service";
import { describeState } from "@handlekit/testing";
import { describe, expect, it } from "vitest";

describeState("memory state", { open: async () => createMemoryState() }, { describe, expect, it });
