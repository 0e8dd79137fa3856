// One grid of 20, one stroke, round ends: drawn to stand beside text. They say nothing that the words beside them do not.

interface IconProps {
  readonly paths: string;
}

function Icon({ paths }: IconProps) {
  return (
    <svg
      class="icon" viewBox="0 0 20 20" width="18" height="18" fill="none" aria-hidden="true"
      stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"
    >
      <path d={paths} />
    </svg>
  );
}

export const Padlock = ({ open }: { readonly open: boolean }) => (
  <Icon paths={`M4.5 9h11v7.5h-11zM6.8 9V6.4a3.2 3.2 0 0 1 ${open ? '6.1-1.4' : '6.4 0V9'}`} />
);
export const Tick = () => <Icon paths="M4.5 10.5l3.6 3.6 7.4-8" />;
export const Caution = () => <Icon paths="M10 3.2 17.6 16.6H2.4zM10 8.4v3.4M10 14.2v.1" />;
export const Cross = () => <Icon paths="M5 5l10 10M15 5L5 15" />;
export const Dash = () => <Icon paths="M5 10h10" />;
