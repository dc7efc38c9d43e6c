import { ts } from 'ts-morph';
import { unwrap } from '../../languages/typescript/walk.js';

/** The names of values that there is one of for each user, client or order. */
export const identityName =
  /^(?:user|customer|account|session|request|correlation|trace|order|transaction|visitor|player)_?(?:id|Id|ID)$|^(?:email|userEmail|username|userName|ipAddress|remoteAddress|clientIp)$/;

/** Whether a property tells who it is: `user.id`, `req.user.email`, `order._id`, `req.userId`, `req.session.userId`. */
export function isIdentityProperty({ name, expression }: ts.PropertyAccessExpression): boolean {
  const owner = unwrap(expression);
  const ownerName = ts.isPropertyAccessExpression(owner) ? owner.name.text : owner.getText();
  if (/^(?:current|auth|logged)?(?:user|customer|account|session|visitor|player)$/i.test(ownerName)) {
    if (/^(?:_?id|uuid|sub|email|username|userName|login)$/.test(name.text)) return true;
  }
  if (/^(?:order|transaction)$/i.test(ownerName) && /^(?:_?id|uuid)$/.test(name.text)) return true;
  return identityName.test(name.text) && !/^(?:config|options|settings|env)$/i.test(ownerName);
}
