import './look/tokens.css';
import './look/base.css';
import { render } from 'preact';
import { App } from './app/App';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(<App />, root);
