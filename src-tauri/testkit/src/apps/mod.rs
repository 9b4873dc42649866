//! Applications of other shapes than Carbon's: what is written here by hand is what the engine, with
//! a profile that it proposed itself, is checked against. So nothing of the engine decides here.

use crate::{Fingerprint, FoundTable, Reach, TestDatabase};

/// An application with three companies, the first of which is damaged and brought back.
#[derive(Debug)]
pub struct App {
    /// What it is called.
    pub name: &'static str,
    /// Makes its schema and its rows.
    pub sql: &'static str,
    /// The exact name of its first company.
    pub company: &'static str,
    /// Breaks that company's data as its users could.
    pub damage: &'static str,
    /// Takes away every row that a restore brings back.
    pub emptied: &'static str,
    /// Tables that a restore writes, with the condition under which a row is the company's.
    pub restored: &'static [(&'static str, &'static str)],
    /// Tables that are in a backup and that a restore leaves as they are.
    pub kept: &'static [(&'static str, &'static str)],
    /// Tables that are left out.
    pub left_out: &'static [(&'static str, &'static str)],
    /// Tables into which a trigger writes that fires always.
    pub written_by_triggers: &'static [&'static str],
    /// Columns of restored tables that never travel.
    pub secret_columns: &'static [&'static str],
    /// Text that stands in secret columns and tables alone.
    pub secrets: &'static [&'static str],
}

/// A help desk: uuid keys, `organization_id`, rows over up to three hops, a circle, a group.
pub const HELPDESK: App = App {
    name: "helpdesk",
    sql: include_str!("helpdesk.sql"),
    company: "Werft Nord",
    damage: include_str!("helpdesk-damage.sql"),
    emptied: include_str!("helpdesk-emptied.sql"),
    restored: &[
        ("organization_settings", "organization_id = $company"),
        ("teams", "organization_id = $company"),
        ("sla_policies", "organization_id = $company"),
        ("customers", "organization_id = $company"),
        ("tickets", "organization_id = $company"),
        ("labels", "organization_id = $company"),
        ("articles", "organization_id = $company"),
        (
            "ticket_comments",
            "ticket_id IN (SELECT id FROM public.tickets WHERE organization_id = $company)",
        ),
        (
            "ticket_labels",
            "ticket_id IN (SELECT id FROM public.tickets WHERE organization_id = $company)",
        ),
        ("comment_reactions", IN_COMMENTS),
        ("attachments", IN_COMMENTS),
    ],
    kept: &[
        ("organizations", "id = $company"),
        ("memberships", "organization_id = $company"),
        ("organization_groups", IN_GROUP),
        (
            "group_rates",
            "group_id IN (SELECT group_id FROM public.organizations WHERE id = $company)",
        ),
    ],
    left_out: &[
        ("api_tokens", "organization_id = $company"),
        ("invitations", "organization_id = $company"),
        ("outbox_events", "organization_id = $company"),
        ("sessions", "false"),
        ("webhooks", "organization_id = $company"),
        (
            "webhook_deliveries",
            "webhook_id IN (SELECT id FROM public.webhooks WHERE organization_id = $company)",
        ),
    ],
    written_by_triggers: &[],
    secret_columns: &["feed_state"],
    secrets: &["eyJhbGciOiJIUzI1NiJ9", "$2b$12$", "hooks.example.com"],
};

const IN_COMMENTS: &str = "comment_id IN (SELECT c.id FROM public.ticket_comments AS c \
    JOIN public.tickets AS o ON o.id = c.ticket_id WHERE o.organization_id = $company)";
const IN_GROUP: &str = "id IN (SELECT group_id FROM public.organizations WHERE id = $company)";

/// A rental of machines: integer keys, `account_id`, partitions, a tree, a many-to-many without a key.
pub const RENTAL: App = App {
    name: "rental",
    sql: include_str!("rental.sql"),
    company: "Baumaschinen Lindner",
    damage: include_str!("rental-damage.sql"),
    emptied: include_str!("rental-emptied.sql"),
    restored: &[
        ("categories", "account_id = $company"),
        ("products", "account_id = $company"),
        ("units", "account_id = $company"),
        ("tax_rates", "account_id = $company"),
        ("tags", "account_id = $company"),
        ("customers", "account_id = $company"),
        ("bookings", "account_id = $company"),
        ("payments", "account_id = $company"),
        ("price_lists", "account_id = $company"),
        (
            "customers_tags",
            "customer_id IN (SELECT id FROM public.customers WHERE account_id = $company)",
        ),
        (
            "booking_lines",
            "booking_id IN (SELECT id FROM public.bookings WHERE account_id = $company)",
        ),
        (
            "meter_readings",
            "unit_id IN (SELECT id FROM public.units WHERE account_id = $company)",
        ),
    ],
    kept: &[
        ("accounts", "id = $company"),
        ("users", "account_id = $company"),
    ],
    left_out: &[
        ("account_subscriptions", "account_id = $company"),
        ("delayed_jobs", "false"),
    ],
    written_by_triggers: &["delayed_jobs"],
    secret_columns: &[],
    secrets: &["$2a$12$", "cus_"],
};

/// The inventory application of the demo: uuid and integer keys, documents whose lines are JSON, a ledger that
/// a trigger lets nobody change and balances that another one keeps beside it.
pub const STOCKFLOW: App = App {
    name: "stockflow",
    sql: concat!(
        "SET stockflow.scale = '0.05';\n",
        include_str!("../../../demo/stockflow/schema.sql"),
        include_str!("../../../demo/stockflow/rows.sql"),
        include_str!("../../../demo/stockflow/triggers.sql"),
    ),
    company: "Nordlicht Outdoor GmbH",
    damage: concat!(
        include_str!("../../../demo/src/damage/stockflow/price-import.sql"),
        include_str!("../../../demo/src/damage/stockflow/customer-merge.sql"),
        include_str!("../../../demo/src/damage/stockflow/order-cleanup.sql"),
    ),
    emptied: include_str!("stockflow-emptied.sql"),
    restored: &[
        ("settings", "account_id = $company"),
        ("products", "account_id = $company"),
        ("inventory", "account_id = $company"),
        ("clients", "account_id = $company"),
        ("orders", "account_id = $company"),
        ("invoices", "account_id = $company"),
        ("purchase_orders", "account_id = $company"),
        ("movements", "account_id = $company"),
    ],
    kept: &[
        ("accounts", "id = $company"),
        ("users", "account_id = $company"),
    ],
    left_out: &[
        ("api_tokens", "account_id = $company"),
        ("subscriptions", "account_id = $company"),
    ],
    written_by_triggers: &[],
    secret_columns: &[],
    secrets: &["$argon2id$", "sft_", "sub_"],
};

impl App {
    /// The SQL with the first company's key; the demo's scripts have it as their one parameter.
    fn condition(&self, condition: &str) -> String {
        let table = self.kept[0].0;
        let company = format!(
            "(SELECT id FROM public.{table} WHERE name = '{}')",
            self.company
        );
        condition
            .replace("$company", &company)
            .replace("$1", &company)
    }

    /// What an operation on the first company may change of a table.
    fn reach(&self, found: &FoundTable) -> Reach {
        if self.written_by_triggers.contains(&found.name.as_str()) {
            return Reach::Everything;
        }
        match self.restored.iter().find(|(name, _)| *name == found.name) {
            Some((_, condition)) => Reach::Rows(self.condition(condition)),
            None => Reach::Nothing,
        }
    }
}

impl TestDatabase {
    /// A database with that application.
    pub async fn app(app: &App) -> Self {
        Self::with_sql(app.sql).await
    }

    /// The fingerprint of everything in it that is not the first company's to be restored.
    pub async fn app_canary(&self, app: &App) -> Fingerprint {
        self.canary_beside(|found| app.reach(found)).await
    }

    /// The fingerprint of the first company's rows with everything in them: a revert brings that back.
    pub async fn app_company(&self, app: &App) -> Fingerprint {
        self.app_rows(app, "t.*").await
    }

    /// The same without what never travels: a restore brings that back.
    pub async fn app_company_without_secrets(&self, app: &App) -> Fingerprint {
        let secrets: Vec<String> = app
            .secret_columns
            .iter()
            .map(|column| format!("'{column}'"))
            .collect();
        let row = format!("to_jsonb(t) - ARRAY[{}]::text[]", secrets.join(", "));
        self.app_rows(app, &row).await
    }

    async fn app_rows(&self, app: &App, row: &str) -> Fingerprint {
        let queries: Vec<(String, String)> = app
            .restored
            .iter()
            .map(|(table, condition)| {
                let condition = app.condition(condition);
                (
                    (*table).to_owned(),
                    format!("SELECT {row} FROM public.{table} AS t WHERE {condition}"),
                )
            })
            .collect();
        self.fingerprint(&queries).await
    }

    /// The first company's rows in each table of those, counted.
    pub async fn app_counts(&self, app: &App, tables: &[(&str, &str)]) -> Vec<(String, u64)> {
        let mut counts = Vec::new();
        for (table, condition) in tables {
            let sql = format!(
                "SELECT count(*) FROM public.{table} AS t WHERE {}",
                app.condition(condition)
            );
            let count = self.value(&sql).await.expect("a count is no NULL");
            counts.push((
                (*table).to_owned(),
                count.parse().expect("a count is a number"),
            ));
        }
        counts.sort();
        counts
    }

    /// Breaks the first company's data as its users could.
    pub async fn damage_app(&self, app: &App) {
        self.run(&app.condition(app.damage)).await;
    }

    /// Takes every row away that a restore brings back.
    pub async fn empty_app(&self, app: &App) {
        self.run(&app.condition(app.emptied)).await;
    }
}
