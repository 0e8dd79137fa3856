import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const pageRules = {
  // Text from a server, an app or a person is text. One way in is enough for a script to read what an unlocked page can read.
  'no-restricted-syntax': [
    'error',
    {
      selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|srcdoc|insertAdjacentHTML|setHTMLUnsafe|parseFromString)$/]',
      message: 'Markup from a string can carry a script. Render text with JSX.',
    },
    {
      selector: ':matches(JSXAttribute[name.name=/^(dangerouslySetInnerHTML|innerHTML|srcDoc)$/], Property[key.name=/^(dangerouslySetInnerHTML|innerHTML)$/])',
      message: 'Markup from a string can carry a script. Render text with JSX.',
    },
    {
      selector: 'MemberExpression[property.name=/^(localStorage|sessionStorage)$/]',
      message: 'What is stored here outlives the lock and is readable by any script of this origin. Keep it in memory.',
    },
    { selector: 'TSEnumDeclaration', message: 'Use a union of string literals: it needs no code at run time.' },
    {
      selector: 'ClassDeclaration[id.name=/(Manager|Helper|Util|Utils|Service|Impl|Common)$/]',
      message: 'Name the class after what it is; this suffix says nothing.',
    },
  ],
  'no-restricted-globals': [
    'error',
    ...['localStorage', 'sessionStorage'].map((name) => ({
      name,
      message: 'What is stored here outlives the lock and is readable by any script of this origin. Keep it in memory.',
    })),
  ],
};

export default defineConfig(
  { ignores: ['**/node_modules/**', '**/bin/**', '**/obj/**', '**/dist/**', 'src/Server/**', 'artifacts/**', 'data/**'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts', 'src/*/vite.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...pageRules,
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'max-lines': ['error', { max: 250 }],
      // Which of our many tokens, the key of what? See the word list in docs.
      'id-denylist': ['error', 'token', 'tokens', 'key', 'keys'],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
);
