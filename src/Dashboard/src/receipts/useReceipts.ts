import { useEffect, useRef, useState } from 'preact/hooks';
import { isObject } from '../app/json';
import { readReceipt, type Receipt } from '../pages/logs/logs-api';

/** Whether new calls come by themselves: not yet, now, or not any more. */
export type Live = 'asking' | 'live' | 'lost';

export interface Listener {
  /** A call ended. One that is known already may come again. */
  readonly onCall: (call: Receipt) => void;
  /** A budget came near its end. */
  readonly onBudget?: () => void;
  /** It is heard from now on; what was written before was not told. */
  readonly onOpen: (first: boolean) => void;
}

/** After an answer that is no stream the browser itself does not ask again. */
const againMs = 10_000;

/** New receipts as they are written, for as long as somebody looks at the page: browsers let few streams be open at a time. */
export function useReceipts(listener: Listener): Live {
  const [live, setLive] = useState<Live>('asking');
  const told = useRef(listener);
  told.current = listener;

  useEffect(() => {
    let stream: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const stop = () => {
      clearTimeout(again);
      stream?.close();
      stream = undefined;
    };
    const listen = () => {
      stop();
      const opened = stream = new EventSource('/v1/events');
      opened.addEventListener('open', () => {
        setLive('live');
        told.current.onOpen(first);
        first = false;
      });
      opened.addEventListener('error', () => {
        setLive('lost');
        if (opened.readyState === EventSource.CLOSED) again = setTimeout(listen, againMs);
      });
      opened.addEventListener('receipt', ({ data }: MessageEvent<string>) => {
        const row: unknown = JSON.parse(data);
        if (isObject(row)) told.current.onCall(readReceipt(row));
      });
      opened.addEventListener('budget', () => { told.current.onBudget?.(); });
    };
    const look = () => {
      if (document.hidden) stop();
      else if (stream === undefined) listen();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      stop();
    };
  }, []);
  return live;
}
