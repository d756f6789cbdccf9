"""What the triggers do that drop a block with whatever contradicts it."""

#: The blocks of a chart and source from the one on that has this time, or would have it.
DROP = """
    DELETE FROM block_ranks WHERE block IN (
        SELECT id FROM blocks WHERE chart = {0}.chart AND source = {0}.source
        AND last_at >= {0}.observed_at);
    DELETE FROM blocks WHERE chart = {0}.chart AND source = {0}.source
    AND last_at >= {0}.observed_at;"""
DROP_OF_ENTRY = """
    DELETE FROM block_ranks WHERE block IN (
        SELECT blocks.id FROM snapshots JOIN blocks USING (chart, source)
        WHERE snapshots.id = {0}.snapshot AND last_at >= observed_at);
    DELETE FROM blocks WHERE id IN (
        SELECT blocks.id FROM snapshots JOIN blocks USING (chart, source)
        WHERE snapshots.id = {0}.snapshot AND last_at >= observed_at);"""
