// When a credential ends, as people choose it.

/** Not the one of the budgets: their windows would come with it, into pages that have none. */
const dayMs = 86_400_000;

export const never = '';

/** In days. What stands for `never` is said in the words of the place. */
export const timesToEnd = [{ value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'One year' }];

export function endIn(days: string): string | undefined {
  return days === never ? undefined : new Date(Date.now() + Number(days) * dayMs).toISOString();
}
