//! Proposals of profiles: on Carbon's schema beside the profile that was written by hand, and on small
//! schemas of other shapes.

use std::collections::BTreeSet;

use snapback_engine::Code;
use snapback_engine::model::{Company, CompanyId, ExclusionReason, NoticeKind, Profile, Schema};
use snapback_engine::profile::{self, Evidence, Proposal, SecretShape, Topic};
use snapback_engine::scope::{self, Disposition, Scope, TableScope};

use crate::carbon_schema::carbon_schema;
use crate::small_schema::{Named, named, reference, schema, table, typed};

fn company() -> Company {
    Company {
        id: CompanyId::new("c1"),
        name: "One".to_owned(),
        group: Some("g1".to_owned()),
        alone_in_group: false,
    }
}

fn evidence() -> Evidence {
    Evidence {
        database: "carbon".to_owned(),
        company_ids: vec!["c1".to_owned(), "c2".to_owned()],
        ..Evidence::default()
    }
}

/// Carbon as the proposal and as the profile by hand read it.
struct Carbon {
    proposal: Proposal,
    by_hand: Profile,
    proposed: Scope,
    meant: Scope,
}

fn carbon() -> Carbon {
    let schema = carbon_schema();
    let proposal = profile::propose(&schema, &evidence()).unwrap();
    let by_hand = profile::built_in("carbon").unwrap();
    Carbon {
        proposed: scope::resolve(&schema, &proposal.profile, &company()).unwrap(),
        meant: scope::resolve(&schema, &by_hand, &company()).unwrap(),
        proposal,
        by_hand,
    }
}

impl Carbon {
    fn has_reason(&self, topic: &Topic) -> bool {
        self.proposal
            .reasons
            .iter()
            .any(|reason| reason.about == *topic)
    }

    /// The share of all tables for which that holds of both scopes, with those for which it does not.
    fn agreement<T: PartialEq>(&self, of: impl Fn(&TableScope) -> T) -> (f64, Vec<String>) {
        let names = self.meant.tables.keys();
        let differing: Vec<String> = names
            .filter(|name| {
                self.proposed.tables.get(*name).map(&of) != self.meant.tables.get(*name).map(&of)
            })
            .map(|name| name.name.clone())
            .collect();
        let share = 1.0 - differing.len() as f64 / self.meant.tables.len() as f64;
        (share, differing)
    }
}

#[test]
fn on_carbon_the_company_its_group_and_its_people_are_found() {
    let Carbon {
        proposal, by_hand, ..
    } = carbon();
    let found = proposal.profile;
    assert_eq!(found.company, by_hand.company);
    assert_eq!(found.group, by_hand.group);
    assert_eq!(found.scope.columns, by_hand.scope.columns);
    let people = |profile: &Profile| {
        let people = profile.people.clone().unwrap();
        (people.table, people.id, people.name, people.email)
    };
    assert_eq!(people(&found), people(&by_hand));
    let prefixes = |profile: &Profile| -> BTreeSet<(String, bool)> {
        let kinds = profile.scope.run_time.iter();
        kinds
            .map(|kind| (kind.prefix.clone(), kind.rebuilt_because.is_some()))
            .collect()
    };
    assert_eq!(prefixes(&found), prefixes(&by_hand));
}

#[test]
fn on_carbon_rows_are_found_to_be_the_companys_as_by_hand() {
    let carbon = carbon();
    let (share, differing) = carbon.agreement(|found| found.membership.clone());
    assert!(share >= 0.99, "{share} {differing:?}");
    // Nothing tells that planning makes some tables again.
    let (share, differing) = carbon.agreement(|found| found.disposition.is_archived());
    assert!(share >= 0.98, "{share} {differing:?}");
    let (share, differing) = carbon.agreement(|found| found.disposition.is_written());
    assert!(share >= 0.95, "{share} {differing:?}");
    let (share, differing) = carbon.agreement(|found| found.area.clone());
    assert!(share >= 0.8, "{share} {differing:?}");
}

#[test]
fn on_carbon_every_table_has_a_place() {
    let carbon = carbon();
    let unknown: Vec<&str> = carbon
        .proposed
        .notices
        .iter()
        .filter(|notice| notice.kind != NoticeKind::CircularOwnership)
        .map(|notice| notice.about.as_str())
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

#[test]
fn on_carbon_no_secret_travels() {
    let carbon = carbon();
    let mut travelling = Vec::new();
    for (name, meant) in &carbon.meant.tables {
        let proposed = &carbon.proposed.tables[name];
        if !proposed.disposition.is_archived() {
            continue;
        }
        if matches!(
            meant.disposition,
            Disposition::Excluded {
                reason: ExclusionReason::Secret,
                ..
            }
        ) {
            travelling.push(name.name.clone());
        }
        for column in &meant.secret_columns {
            if !proposed.secret_columns.contains(column) {
                travelling.push(format!("{}.{column}", name.name));
            }
        }
    }
    assert_eq!(travelling, Vec::<String>::new());
}

#[test]
fn on_carbon_columns_that_lead_to_other_companies_on_purpose_are_told_apart() {
    let Carbon {
        proposal, by_hand, ..
    } = carbon();
    let crossings = |profile: &Profile| -> BTreeSet<String> {
        profile.scope.intended_crossings.iter().cloned().collect()
    };
    let (found, meant) = (crossings(&proposal.profile), crossings(&by_hand));
    let missed: Vec<&String> = meant.difference(&found).collect();
    assert_eq!(missed, Vec::<&String>::new());
}

#[test]
fn what_stays_out_has_a_reason() {
    let carbon = carbon();
    let profile = &carbon.proposal.profile;
    let excluded = profile
        .excluded
        .iter()
        .flat_map(|excluded| &excluded.tables);
    for name in excluded.chain(&profile.scope.global).chain(&profile.kept) {
        assert!(carbon.has_reason(&Topic::Table(name.clone())), "{name}");
    }
    for column in &profile.secret_columns {
        assert!(
            carbon.has_reason(&Topic::Column(column.clone())),
            "{column}"
        );
    }
}

#[test]
fn a_proposal_is_read_back_from_its_text() {
    let proposal = carbon().proposal;
    let text = proposal.to_text();
    assert_eq!(profile::parse(&text).unwrap(), proposal.profile);
    assert!(text.contains("# ? "), "doubts are marked");
}

fn proposed(tables: impl IntoIterator<Item = Named>) -> Proposal {
    profile::propose(&schema(tables), &Evidence::default()).unwrap()
}

/// A table of a tenant's rows.
fn owned(name: &str, more: &[&str]) -> Named {
    let columns = [&["id", "tenant_id"], more].concat();
    reference(table(name, &columns), &["tenant_id"], "tenants", &["id"])
}

fn tenants() -> [Named; 3] {
    [
        table("tenants", &["id", "name"]),
        owned("orders", &["number"]),
        owned("parts", &[]),
    ]
}

#[test]
fn a_database_without_companies_gets_no_proposal() {
    let lone: Schema = schema([table("notes", &["id", "text"])]);
    let error = profile::propose(&lone, &Evidence::default()).unwrap_err();
    assert_eq!(error.code(), Code::ProfileMismatch);
    assert!(error.hint_text().is_some());
}

#[test]
fn constraints_may_be_missing() {
    let bare = ["orders", "parts"].map(|name| table(name, &["id", "tenant_id"]));
    let found = proposed([table("tenants", &["id", "name"])].into_iter().chain(bare)).profile;
    assert_eq!(found.company.table, "tenants");
    assert_eq!(found.scope.columns, ["tenant_id"]);
}

#[test]
fn who_wrote_a_row_does_not_say_whose_it_is() {
    let users = owned("users", &["email"]);
    let units = table("measures", &["id", "name", "created_by"]);
    let units = reference(units, &["created_by"], "users", &["id"]);
    let found = proposed(tenants().into_iter().chain([users, units])).profile;
    assert_eq!(found.people, None);
    assert_eq!(found.kept, ["users"]);
    assert_eq!(found.scope.global, ["measures"]);
}

#[test]
fn a_row_between_two_companies_is_in_no_backup_and_that_is_said() {
    let transfers = table("transfers", &["id", "from_id", "to_id"]);
    let transfers = reference(transfers, &["from_id"], "tenants", &["id"]);
    let transfers = reference(transfers, &["to_id"], "tenants", &["id"]);
    let proposal = proposed(tenants().into_iter().chain([transfers]));
    let found = &proposal.profile.scope;
    assert_eq!(found.global, ["transfers"]);
    assert_eq!(
        found.intended_crossings,
        ["transfers.from_id", "transfers.to_id"]
    );
    let doubted = proposal
        .reasons
        .iter()
        .find(|reason| reason.about == Topic::Table("transfers".to_owned()));
    assert!(doubted.is_some_and(|reason| reason.is_doubtful));
}

#[test]
fn a_name_that_would_end_a_comment_or_a_string_does_no_harm() {
    let odd = owned("odd \"name\"\nwith = ['lines']", &["pass\\word password"]);
    let proposal = proposed(tenants().into_iter().chain([odd]));
    assert_eq!(
        profile::parse(&proposal.to_text()).unwrap(),
        proposal.profile
    );
}

#[test]
fn values_tell_a_secret_that_no_name_tells() {
    let schema = schema(tenants().into_iter().chain([typed(
        owned("links", &["feed"]),
        "feed",
        "text",
    )]));
    let mut evidence = Evidence::default();
    let shapes = [("feed".to_owned(), SecretShape::SignedToken)].into();
    evidence.shapes.insert(named("links"), shapes);
    let found = profile::propose(&schema, &evidence).unwrap().profile;
    assert_eq!(found.secret_columns, ["links.feed"]);
}
