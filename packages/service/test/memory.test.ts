import { openMemory } from "@handlekit/service";
import { describeState, describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";

describeStore("memory store", { open: async () => openMemory().store }, { describe, expect, it });
describeState("memory state", { open: async () => openMemory().state }, { describe, expect, it });
