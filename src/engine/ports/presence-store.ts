/** What part of the engine a process runs. */
export type EngineRole = 'scheduler' | 'worker';

/** Who runs the engine, for people to see: nothing rests on it. */
export interface PresenceStore {
  /** Say that this process is there; to be repeated every few seconds. */
  sayHere(id: string, roles: EngineRole[]): Promise<void>;
  sayGoodbye(id: string): Promise<void>;
  /** How many processes have said so within the last half minute, by role. */
  countHere(): Promise<Record<EngineRole, number>>;
}
