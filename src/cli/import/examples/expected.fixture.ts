/** What an import of an example is to give. */
export interface Expected {
  /** Lines and places that are marked as not converted: these, and no others. */
  readonly notConverted?: readonly string[];
  readonly differs?: readonly string[];
  /** What stands in the pipeline; spaces count as one. */
  readonly contains: readonly string[];
}
