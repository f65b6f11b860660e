import { counter, gauge, histogram } from '../shared/metrics.ts';

/** What the gateway measures. No label holds a room, a person or a connection: their number has no bound. */
export const metrics = {
  connections: gauge('rostra_ws_connections', 'Open sockets'),
  upgrades: counter('rostra_ws_upgrades_total', 'Upgrade requests by the status answered', ['status']),
  closes: counter('rostra_ws_closes_total', 'Sockets closed by the gateway, by close code', ['code']),
  slowCuts: counter('rostra_ws_slow_cuts_total', 'Sockets cut because too much, or something too old, waited for them'),
  framesIn: counter('rostra_ws_frames_in_total', 'Frames from clients', ['type']),
  framesOut: counter('rostra_ws_frames_out_total', 'Frames read from the log', ['result']),
  deliveries: counter('rostra_ws_deliveries_total', 'Frames written, once per socket'),
  windowBytes: gauge('rostra_ws_window_bytes', 'Bytes held for sockets that resume'),
  recoveries: counter('rostra_ws_recoveries_total', 'Answers to subscriptions that named a position', ['result']),
  delay: histogram('rostra_ws_delay_seconds', "From the broker's append to the write to the room's sockets"),
  announcementsFailed: counter('rostra_ws_announcements_failed_total', 'Events that the broker did not confirm', [
    'event',
  ]),
  leasesFailed: counter('rostra_ws_leases_failed_total', 'Writes to the register of connections that failed'),
} as const;
