/** Of a column that says yes or no: every database reads a number the same way. */
export type Flag = 0 | 1;
