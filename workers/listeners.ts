/** ★ The second map: what happens when this event arrives? Event → who hears it; each listener's file names its group. */
import { rememberNickname } from '../services/auth/listeners/remember-nickname.ts';
import { rememberRoom } from '../services/auth/listeners/remember-room.ts';
import { markPerson as markPersonForFriends } from '../services/friends/listeners/mark-person.ts';
import { openFriendList } from '../services/friends/listeners/open-friend-list.ts';
import { rememberProfile } from '../services/friends/listeners/remember-profile.ts';
import { markAccount } from '../services/ledger/listeners/mark-account.ts';
import { sendBalanceToQueue } from '../services/ledger/listeners/send-balance-to-queue.ts';
import { transferMoney } from '../services/ledger/listeners/transfer-money.ts';
import { createProfile, createProfileWith } from '../services/profiles/listeners/create-profile.ts';
import { markPerson } from '../services/profiles/listeners/mark-person.ts';
import { calculateNewSponsor } from '../services/rooms/listeners/calculate-new-sponsor.ts';
import { dropConnection } from '../services/rooms/listeners/drop-connection.ts';
import { openRoom } from '../services/rooms/listeners/open-room.ts';
import { refundDonate } from '../services/rooms/listeners/refund-donate.ts';
import { rejectDonate } from '../services/rooms/listeners/reject-donate.ts';
import { saveConnection } from '../services/rooms/listeners/save-connection.ts';
import { saveDonate } from '../services/rooms/listeners/save-donate.ts';
import { saveGoal } from '../services/rooms/listeners/save-goal.ts';
import { saveMessage } from '../services/rooms/listeners/save-message.ts';
import { saveNewSponsor } from '../services/rooms/listeners/save-new-sponsor.ts';
import { sendDonateRefundedToQueue } from '../services/rooms/listeners/send-donate-refunded-to-queue.ts';
import { sendDonateRejectedToQueue } from '../services/rooms/listeners/send-donate-rejected-to-queue.ts';
import { sendDonateToQueue } from '../services/rooms/listeners/send-donate-to-queue.ts';
import { sendEndGoalToQueue } from '../services/rooms/listeners/send-end-goal-to-queue.ts';
import { sendGoalToQueue } from '../services/rooms/listeners/send-goal-to-queue.ts';
import { sendMessageToQueue } from '../services/rooms/listeners/send-message-to-queue.ts';
import { sendNewSponsorToQueue } from '../services/rooms/listeners/send-new-sponsor-to-queue.ts';
import { settleDonate } from '../services/rooms/listeners/settle-donate.ts';
import { updateGoal } from '../services/rooms/listeners/update-goal.ts';
import type { ListenerMap } from '../shared/listener.ts';
import type { WorkersEnvironment } from './env.ts';

export const listeners: ListenerMap = {
  AddNewRoom: [openRoom, rememberRoom],
  AddNewConnection: [saveConnection],
  ConnectionClosed: [dropConnection],
  AddNewMessage: [saveMessage, sendMessageToQueue],
  AddNewDonate: [saveDonate, transferMoney],
  ReceiveMoney: [settleDonate, calculateNewSponsor.ReceiveMoney, updateGoal.ReceiveMoney, sendDonateToQueue],
  DonateRejected: [rejectDonate, sendDonateRejectedToQueue],
  MoneyRefunded: [refundDonate, calculateNewSponsor.MoneyRefunded, updateGoal.MoneyRefunded, sendDonateRefundedToQueue],
  AddNewGoal: [saveGoal],
  GoalUpdated: [sendGoalToQueue],
  EndGoal: [sendEndGoalToQueue],
  NewSponsor: [saveNewSponsor, sendNewSponsorToQueue],
  MoneyDeposited: [sendBalanceToQueue.MoneyDeposited],
  MoneyPaidOut: [sendBalanceToQueue.MoneyPaidOut],
  UserRegistered: [createProfile, openFriendList],
  UserLoggedIn: [],
  UserDeleted: [markPerson.UserDeleted, markAccount.UserDeleted, markPersonForFriends.UserDeleted],
  UserBlocked: [markPerson.UserBlocked, markAccount.UserBlocked, markPersonForFriends.UserBlocked],
  UserUnblocked: [markPerson.UserUnblocked, markAccount.UserUnblocked, markPersonForFriends.UserUnblocked],
  ProfileUpdated: [rememberNickname, rememberProfile],
  FriendRequestSent: [],
  FriendAccepted: [],
  FriendDeclined: [],
  FriendRemoved: [],
  PersonBlocked: [],
  PersonUnblocked: [],
};

/** The map as this product's settings have it. */
export function listenersFor({ messagesFromDefault }: Pick<WorkersEnvironment, 'messagesFromDefault'>): ListenerMap {
  const configured = createProfileWith(messagesFromDefault);
  const heard = listeners.UserRegistered.map((one) => (one === createProfile ? configured : one));
  return { ...listeners, UserRegistered: heard };
}
