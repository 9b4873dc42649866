//! Every right by which a restore may write ends in the same rows.

use snapback_engine::pg::Ident;
use snapback_testkit::{App, HELPDESK, RENTAL, postgres_major};

use crate::apps::desk::Desk;
use crate::apps::main_path::there_and_back;

/// `GRANT SET ON PARAMETER` came with this version.
const PARAMETERS_CAN_BE_GRANTED: u32 = 15;

/// A role that may write every table and silence triggers, and owns nothing.
async fn as_replica_role(app: &'static App) {
    let mut desk = Desk::of(app).await;
    if postgres_major().await < PARAMETERS_CAN_BE_GRANTED {
        return;
    }
    let role = desk.database.role("restorer", "BYPASSRLS").await;
    let name = Ident(&role.name);
    let database = Ident(&desk.database.connection().database).to_string();
    let sql = format!(
        "GRANT pg_read_all_data, pg_write_all_data TO {name};
         GRANT UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name};
         GRANT CREATE ON DATABASE {database} TO {name};
         GRANT SET ON PARAMETER session_replication_role TO {name};"
    );
    desk.database.run(&sql).await;
    let settings = desk.database.settings_as(&role);
    there_and_back(desk.by(settings)).await;
}

#[tokio::test]
async fn a_help_desk_comes_back_by_a_role_that_may_silence_triggers() {
    Box::pin(as_replica_role(&HELPDESK)).await;
}

#[tokio::test]
async fn a_rental_comes_back_by_a_role_that_may_silence_triggers() {
    Box::pin(as_replica_role(&RENTAL)).await;
}

async fn as_owner(app: &'static App) {
    there_and_back(by_owner(app).await).await;
}

/// The application worked on by the owner of every table, who may do nothing more.
pub(crate) async fn by_owner(app: &'static App) -> Desk {
    let mut desk = Desk::of(app).await;
    let role = desk.database.role("owner", "").await;
    let name = Ident(&role.name);
    let database = Ident(&desk.database.connection().database).to_string();
    let sql = format!(
        "DO $$ DECLARE found record; BEGIN
             FOR found IN SELECT c.oid::regclass AS name FROM pg_class AS c
                           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
                 EXECUTE format('ALTER TABLE %s OWNER TO {name}', found.name);
             END LOOP;
         END $$;
         GRANT CREATE ON DATABASE {database} TO {name};"
    );
    desk.database.run(&sql).await;
    let settings = desk.database.settings_as(&role);
    desk.by(settings)
}

#[tokio::test]
async fn a_help_desk_comes_back_by_the_owner_of_its_tables() {
    as_owner(&HELPDESK).await;
}

#[tokio::test]
async fn a_rental_comes_back_by_the_owner_of_its_tables() {
    as_owner(&RENTAL).await;
}
