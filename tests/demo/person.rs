//! The demo as a person uses it: up, status, damage, reset, down.

use snapback_demo::{App, COMPANIES, Damage, Demo, Role, ServerOptions, ServerStatus, Spec};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::support::{binaries, scratch};

async fn price_sum(demo: &Demo) -> String {
    let options = demo.connection(Role::Reader).options();
    let mut session = PgConnection::connect_with(&options).await.unwrap();
    sqlx::query_scalar(r#"SELECT sum("unitSalePrice")::text FROM "itemUnitSalePrice""#)
        .fetch_one(&mut session)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_demo_is_filled_once_damaged_and_reset() {
    let folder = scratch();
    let small = Spec {
        scale: 0.1,
        ..Spec::default()
    };
    let options = ServerOptions::for_tests();
    let used = async {
        let mut demo = Demo::up(&binaries(), folder.path(), &options, App::Carbon, small).await?;
        let fresh = price_sum(&demo).await;
        let again = Demo::up(&binaries(), folder.path(), &options, App::Carbon, small).await?;
        assert_eq!(again.connection(Role::Owner), demo.connection(Role::Owner));

        demo.damage(Damage::Friday).await?;
        demo.damage(Damage::Friday).await?;
        assert_ne!(price_sum(&demo).await, fresh);
        demo.reset(small).await?;
        assert_eq!(price_sum(&demo).await, fresh);

        // Another application comes beside it, and what it changes is its own.
        let stockflow =
            Demo::up(&binaries(), folder.path(), &options, App::StockFlow, small).await?;
        let usual = Demo::attach(folder.path(), None).await?.unwrap();
        assert_eq!(usual.app(), App::Carbon);
        assert_eq!(
            usual.connection(Role::Restorer).password(),
            demo.connection(Role::Restorer).password()
        );
        assert!(stockflow.damage(Damage::Friday).await? > 40);
        assert_eq!(price_sum(&demo).await, fresh);

        let mut status = Demo::status(folder.path()).await?;
        let others = status
            .companies
            .extract_if(.., |company| company.app == App::StockFlow);
        assert_eq!(others.count(), 3);
        assert!(matches!(status.server, ServerStatus::Up { .. }));
        let names: Vec<&str> = status
            .companies
            .iter()
            .map(|company| company.name.as_str())
            .collect();
        assert_eq!(names[0], COMPANIES[0].name);
        assert_eq!(names.len(), COMPANIES.len());
        assert!(
            status
                .companies
                .iter()
                .all(|company| company.row_count > 500)
        );
        assert!(
            status
                .database_bytes
                .is_some_and(|bytes| bytes > 10_000_000)
        );
        Ok::<_, snapback_demo::Error>(())
    }
    .await;
    assert!(Demo::down(&binaries(), folder.path()).await.unwrap());
    used.unwrap();
    let status = Demo::status(folder.path()).await.unwrap();
    assert_eq!(status.server, ServerStatus::Down);
    assert!(status.companies.is_empty());
    assert!(Demo::attach(folder.path(), None).await.unwrap().is_none());
}
