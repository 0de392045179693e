/** What every statement that looks for task instances of a page is given. */
export interface FindTaskIdsInput {
  /** Ids from this one on… */
  readonly low: string;
  /** …and below this one. */
  readonly high: string;
  /** Created in this period; open where absent. */
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  /** Any of these; all when absent. */
  readonly statuses?: readonly string[] | undefined;
  readonly task?: string | undefined;
  readonly limit: number;
}

export interface FoundId {
  readonly id: string;
}
