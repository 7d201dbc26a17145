"""Long work that somebody asks for: a table of more rows than one waits for.

    kinds    what there is: one declaration a kind
    queue    asked for, claimed, cancelled, swept
    worker   the work of a worker on one job
    rights   what an owner could see then, and can see now

Whatever answers with a table asks `pmhub.api.table_jobs.deferred(request, rows)` first, and answers
what that returns: `202` and the address of a job where there are too many rows. The job asks the
same address again as the same user, in a worker; what writes the rows calls
`table_jobs.tell(request, progress, total)` between two batches, which is nothing outside a job.

The owner reads how far it is, cancels it, and takes the file. The row is the truth: a worker that
dies leaves a row that another takes up, a hint that is lost costs a sweep.
"""
