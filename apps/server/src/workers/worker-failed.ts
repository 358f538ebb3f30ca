/** A worker that could not start. It has written the reason itself. */
export class WorkerFailed extends Error {
  readonly exitCode: number;
  /** @param exitCode that of the worker */
  constructor(exitCode: number) {
    super("A worker could not start.");
    this.exitCode = exitCode;
  }
}
