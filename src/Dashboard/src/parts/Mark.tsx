/** The mark: a key whose bow has a piece set apart, as a grant is a piece of a key. Same drawing as public/favicon.svg. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" fill="none" stroke-width="3" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M15 6.6a5.5 5.5 0 1 0 5.5 5.5" />
      <path class="piece" d="M17.6 3.9a5.5 5.5 0 0 1 5.5 5.5" />
      <path d="M15 17.5V28M15 21.3h5M15 26h5" />
    </svg>
  );
}
