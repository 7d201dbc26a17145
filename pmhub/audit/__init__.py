"""The audit register: who did what that matters, when, from where and why.

| file | does |
| --- | --- |
| `triggers.py` | what rows say by themselves: roles, posts, tokens, sessions, states, rules |
| `acts.py` | what no row says: who was let in or not, files handed out, verbs |
| `requester.py` | who asks, told to the database |
| `register_sql.py` | the SQL that fills a row in, and lets nobody change it |
| `seals.py` | the chain of seals, made in order by a worker and checked by `manage.py audit` |

A row is written in the transaction of its act, and sealed seconds later: a seal made with the row
would make each writer wait for the one before.
"""
