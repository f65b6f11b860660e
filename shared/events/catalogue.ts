import type { Static } from '@sinclair/typebox';
import * as friendships from './friendships.ts';
import * as ledger from './ledger.ts';
import * as people from './people.ts';
import * as rooms from './rooms.ts';

/** Every event there is, by its frozen name. The listener map must mention each. */
export const events = {
  AddNewRoom: rooms.AddNewRoom,
  AddNewConnection: rooms.AddNewConnection,
  ConnectionClosed: rooms.ConnectionClosed,
  AddNewMessage: rooms.AddNewMessage,
  AddNewDonate: rooms.AddNewDonate,
  ReceiveMoney: ledger.ReceiveMoney,
  DonateRejected: ledger.DonateRejected,
  MoneyRefunded: ledger.MoneyRefunded,
  AddNewGoal: rooms.AddNewGoal,
  GoalUpdated: rooms.GoalUpdated,
  EndGoal: rooms.EndGoal,
  NewSponsor: rooms.NewSponsor,
  MoneyDeposited: ledger.MoneyDeposited,
  MoneyPaidOut: ledger.MoneyPaidOut,
  UserRegistered: people.UserRegistered,
  UserLoggedIn: people.UserLoggedIn,
  UserDeleted: people.UserDeleted,
  UserBlocked: people.UserBlocked,
  UserUnblocked: people.UserUnblocked,
  ProfileUpdated: people.ProfileUpdated,
  FriendRequestSent: friendships.FriendRequestSent,
  FriendAccepted: friendships.FriendAccepted,
  FriendDeclined: friendships.FriendDeclined,
  FriendRemoved: friendships.FriendRemoved,
  PersonBlocked: friendships.PersonBlocked,
  PersonUnblocked: friendships.PersonUnblocked,
} as const;

export type EventName = keyof typeof events;
export type Payload<N extends EventName> = Static<(typeof events)[N]['schema']>;

/** True for the name of an event of ours. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}
