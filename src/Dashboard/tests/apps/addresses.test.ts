import { expect, test } from 'vitest';
import { addressesIn, homepageWrong, linesWrong, originWrong, redirectWrong } from '../../src/pages/apps/addresses';

test('An origin is written to the letter as browsers write it, and what it should be is said', () => {
  for (const right of ['https://app.example.com', 'https://app.example.com:8443', 'http://localhost:3000', 'http://127.0.0.1:8080']) {
    expect(originWrong(right), right).toBeUndefined();
  }
  expect(originWrong('https://app.example.com/')).toContain('Write https://app.example.com.');
  expect(originWrong('https://App.example.com:443/start?x=1')).toContain('Write https://app.example.com.');
  expect(originWrong('app.example.com')).toContain('needs https:// in front: https://app.example.com');
  expect(originWrong('localhost:3000')).toContain('needs https:// in front');
  expect(originWrong('http://app.example.com')).toContain('needs https.');
  expect(originWrong('https://*.example.com')).toContain('star');
  expect(originWrong('https://ana@example.com')).toContain('user name');
  expect(originWrong('https://bücher.example')).toContain('Write https://xn--bcher-kva.example.');
  expect(originWrong('chrome-extension://abc')).toContain('no origin of a page');
});

test('A redirect address is a page, this machine, or a scheme of the app’s own', () => {
  for (const right of ['https://a.example/back?x=1', 'http://localhost/back', 'http://127.0.0.1:4000/back', 'com.example.notes:/back']) {
    expect(redirectWrong(right), right).toBeUndefined();
  }
  expect(redirectWrong('https://a.example/back#part')).toContain('#');
  expect(redirectWrong('https://a.example/*')).toContain('star');
  expect(redirectWrong('http://a.example/back')).toContain('needs https.');
  expect(redirectWrong('notes:/back')).toContain('with a dot in it');
  expect(redirectWrong('https://')).toContain('no whole address');
  expect(redirectWrong('https://a.example/bück')).toContain('Write https://a.example/b%C3%BCck');
});

test('Each line that is wrong is named by its number, and one alone is not counted', () => {
  expect(linesWrong('https://a.example\n\n  https://b.example  ', originWrong)).toBeUndefined();
  expect(linesWrong('https://a.example\n\nb.example\nhttps://c.example/x', originWrong))
    .toBe('Line 3: “b.example” needs https:// in front: https://b.example\n'
      + 'Line 4: “https://c.example/x” is not how browsers write an origin. Write https://c.example.');
  expect(linesWrong('https://a.example\nhttps://a.example', originWrong)).toBe('Line 2: “https://a.example” is the same as line 1.');
  expect(linesWrong('b.example', originWrong)).toMatch(/^“b.example”/);
  expect(linesWrong(Array.from({ length: 21 }, (_, at) => `https://${at}.example`).join('\n'), originWrong)).toContain('These are 21');
  expect(addressesIn(' https://a.example \r\n\nhttps://b.example\n')).toEqual(['https://a.example', 'https://b.example']);
});

test('A homepage is a web address', () => {
  expect(homepageWrong('https://notes.example/about')).toBeUndefined();
  expect(homepageWrong('ftp://notes.example')).toContain('needs https');
});
