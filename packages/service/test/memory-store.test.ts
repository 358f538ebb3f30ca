import { createMemoryStore } from "@handlekit/service";
import { describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";

describeStore("memory store", { open: async () => createMemoryStore() }, { describe, expect, it });
