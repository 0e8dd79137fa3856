import type { Group, Operation } from './operations';

/** The groups with the operations that contain every word of `wanted`, in any order; groups left empty are dropped. */
export function filterGroups(groups: readonly Group[], wanted: string): readonly Group[] {
  const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return groups;
  return groups
    .map((group) => ({ ...group, operations: group.operations.filter((operation) => hasAll(textOf(group, operation), words)) }))
    .filter((group) => group.operations.length > 0);
}

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

function textOf(group: Group, operation: Operation): string {
  const { id, method, path, summary, description, callers } = operation;
  return [group.name, id, method, path, summary, description, ...(callers ?? []).map((caller) => caller.name)].join(' ').toLowerCase();
}
