import type { AuditHead } from "@handlekit/core/store";

/** Formats the head of an audit as `--head` takes it. */
export const formatHead = ({ count, digest }: AuditHead): string => `${count}:${digest}`;
