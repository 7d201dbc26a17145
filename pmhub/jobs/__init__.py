"""Jobs: long work that a user asks for, such as a table of more rows than one waits for.

    kinds    the kinds of jobs, each declared once
    queue    asking, claiming, cancelling and cleaning up
    worker   a worker's work on one job
    rights   what an owner could see when a job ran, and can see now

Whatever answers with a table first calls `pmhub.api.table_jobs.deferred(request, rows)` and returns
its answer if there is one: `202` and the address of a job, if there are too many rows. The job
requests the same address again as the same user, in a worker; the code that writes the rows calls
`table_jobs.tell(request, progress, total)` between two batches, which does nothing outside a job.

The owner can read the progress, cancel the job, and fetch its file. The row in the database is the
truth: if a worker dies, another takes up its row; if a hint is lost, a periodic sweep finds the
job.
"""
