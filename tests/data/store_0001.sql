-- A file as the migration 0001_tables alone left it: two snapshots with receipts, a failed fetch, an event.
PRAGMA application_id = 1634758772;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'apptrack','0001_tables','2026-01-01 00:00:00.000000+00:00');
CREATE TABLE apps (
            id INTEGER PRIMARY KEY,
            store TEXT NOT NULL,
            store_id TEXT NOT NULL,
            name TEXT,
            developer TEXT,
            storefront TEXT,
            named_at TEXT,
            UNIQUE (store_id, store)
        );
INSERT INTO "apps" VALUES(1,'app-store','1','Filler 1','Filler Works','us','2026-01-01T00:00:00Z');
INSERT INTO "apps" VALUES(2,'app-store','2','Filler 2','Filler Works','us','2026-01-01T01:00:00Z');
INSERT INTO "apps" VALUES(3,'app-store','3','Filler 3','Filler Works','us','2026-01-01T01:00:00Z');
CREATE TABLE charts (
            id INTEGER PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            storefront TEXT NOT NULL,
            device TEXT NOT NULL,
            ranking TEXT NOT NULL,
            genre TEXT NOT NULL
        );
INSERT INTO "charts" VALUES(1,'us/iphone/top-free/apps','us','iphone','top-free','apps');
CREATE TABLE entries (
            snapshot INTEGER NOT NULL REFERENCES snapshots (id),
            rank INTEGER NOT NULL CHECK (rank > 0),
            app INTEGER NOT NULL REFERENCES apps (id),
            PRIMARY KEY (snapshot, rank)
        ) WITHOUT ROWID
        ;
INSERT INTO "entries" VALUES(1,1,1);
INSERT INTO "entries" VALUES(1,2,2);
INSERT INTO "entries" VALUES(2,1,2);
INSERT INTO "entries" VALUES(2,2,3);
CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            happened_at TEXT NOT NULL,
            title TEXT NOT NULL,
            app INTEGER REFERENCES apps (id),
            chart INTEGER REFERENCES charts (id),
            source TEXT,
            UNIQUE (happened_at, title)
        );
INSERT INTO "events" VALUES(1,'2026-01-01T00:00:00Z','A filler is released',1,1,'a page');
CREATE TABLE fetches (
            id INTEGER PRIMARY KEY,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            url TEXT NOT NULL,
            started_at TEXT NOT NULL,
            seconds REAL NOT NULL,
            outcome TEXT NOT NULL,
            status INTEGER,
            error TEXT,
            etag TEXT,
            last_modified TEXT,
            payload INTEGER REFERENCES payloads (id),
            snapshot INTEGER REFERENCES snapshots (id)
        );
INSERT INTO "fetches" VALUES(1,1,'apple-rss','http://127.0.0.1/chart.json','2026-01-01T00:00:00Z',0.25,'saved',200,NULL,'"a"',NULL,1,1);
INSERT INTO "fetches" VALUES(2,1,'apple-rss','http://127.0.0.1/chart.json','2026-01-01T01:00:00Z',0.25,'saved',200,NULL,NULL,NULL,2,2);
INSERT INTO "fetches" VALUES(3,1,'apple-rss','http://127.0.0.1/chart.json','2026-01-01T02:00:00Z',1.5,'failed',NULL,'no answer',NULL,NULL,NULL,NULL);
CREATE TABLE payloads (
            id INTEGER PRIMARY KEY,
            sha256 TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            base INTEGER REFERENCES payloads (id),
            links INTEGER NOT NULL,
            frame BLOB NOT NULL
        );
INSERT INTO "payloads" VALUES(1,'1ae0ca9c37267290f58d5026abc40b959c6b7e0a52ffbfe653aba0d373bcbbf4',27,NULL,0,X'28B52FFD201BD9000061206669727374207061796C6F61642C206B6570742077686F6C65');
INSERT INTO "payloads" VALUES(2,'3b3d290331b3918e8ed5128674fb980d610145d445b853ac268797c554525717',41,1,1,X'28B52FFD20292D0100F861207365636F6E6474686174206C65616E73206F6E207468652066697273740100BF4D2E');
CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            observed_at TEXT NOT NULL,
            published_at TEXT,
            depth INTEGER NOT NULL CHECK (depth > 0),
            provenance TEXT NOT NULL,
            payload INTEGER REFERENCES payloads (id),
            UNIQUE (chart, source, observed_at)
        );
INSERT INTO "snapshots" VALUES(1,1,'apple-rss','2026-01-01T00:00:00Z',NULL,2,'recorded',1);
INSERT INTO "snapshots" VALUES(2,1,'apple-rss','2026-01-01T01:00:00Z',NULL,2,'recorded',2);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX entries_app ON entries (app, snapshot);
CREATE INDEX fetches_chart ON fetches (chart, source, started_at);
CREATE INDEX fetches_snapshot ON fetches (snapshot) WHERE snapshot IS NOT NULL;
CREATE INDEX snapshots_payload ON snapshots (payload) WHERE payload IS NOT NULL;
COMMIT;
