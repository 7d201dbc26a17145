"""The audit register: who did something important, when, from where and why.

| file | does |
| --- | --- |
| `triggers.py` | acts visible in rows: roles, posts, tokens, sessions, states, rules |
| `acts.py` | acts visible in no row: sign-ins and refusals, files handed out, verbs |
| `requester.py` | tells the database who makes the request |
| `register_sql.py` | the SQL that completes a row, and refuses to change it |
| `seals.py` | the chain of seals, made by a worker and checked by `manage.py audit` |

A row is written in the transaction of its act, and sealed seconds later: a seal made together with
the row would make each writer wait for the one before.
"""
